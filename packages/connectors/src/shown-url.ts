const SECRET = /pass|pwd|token|secret|key|cred|auth|user/i

/**
 * A broker's URL as it may be shown in messages and reports: without name, password or token, without query parameters
 * that carry one, without fragment. Takes any text, and throws never: what is no URL is cut before its last `@`.
 */
export function shownUrl(url: string): string {
  const [, scheme = '', rest = ''] = /^([a-z][a-z\d+.-]*:\/\/)?([^]*)$/i.exec(url) ?? []
  // A password that was not encoded may hold anything, so that only a good URL says where its name and password end.
  const end = URL.canParse(url) ? rest.search(/[/?#]/) : -1
  const authority = end < 0 ? rest.length : end
  const [behind = ''] = rest.slice(rest.lastIndexOf('@', authority - 1) + 1).split('#', 1)
  const [place = '', query = ''] = behind.split('?', 2)
  const shown = query.split(/[&;]/).filter((pair) => pair !== '' && !SECRET.test(nameOf(pair)))
  return `${scheme}${place}${shown.length > 0 ? `?${shown.join('&')}` : ''}`
}

/** Reads the URL of a broker; throws `RangeError` that says what was expected (`redis://host:port`) and shows no secret. */
export function parsedUrl(url: string, expected: string): URL {
  if (!URL.canParse(url)) throw new RangeError(`url: expected ${expected}, got '${shownUrl(url)}'`)
  return new URL(url)
}

function nameOf(pair: string): string {
  const name = pair.split('=', 1)[0] ?? ''
  try {
    return decodeURIComponent(name)
  } catch {
    return 'secret' // who knows
  }
}
