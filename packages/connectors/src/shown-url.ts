const SECRET = /pass|pwd|token|secret|key|cred|auth|user/i

/**
 * A broker's URL as it may be shown in messages and reports: without name, password or token, without the query from the
 * first parameter on that carries one, without fragment. Takes any text, and throws never. A password that was not
 * encoded may hold anything, so that whatever may belong to one is left out: `…` stands for it.
 */
export function shownUrl(url: string): string {
  const [, scheme = '', rest = ''] = /^([a-z][a-z\d+.-]*:\/\/)?([^]*)$/i.exec(url) ?? []
  const at = rest.lastIndexOf('@')
  const before = rest.slice(0, Math.max(at, 0))
  const isUnclear = /[/?#]/.test(before)
  // That `@` may also stand in the value of a parameter that is secret itself.
  if (isUnclear && before.split(/[?&;#]/).some((pair, index) => index > 0 && SECRET.test(nameOf(pair))))
    return `${scheme}…`
  const [behind = ''] = rest.slice(at + 1).split('#', 1)
  const [place = '', ...pairs] = behind.split(isUnclear ? /[?&;]/ : /[?&]/)
  const secret = pairs.findIndex((pair) => pair.split(/[?;]/).some((part) => SECRET.test(nameOf(part))))
  const shown = (secret < 0 ? pairs : pairs.slice(0, secret)).filter((pair) => pair !== '')
  return `${scheme}${isUnclear ? '…@' : ''}${place}${shown.length > 0 ? `?${shown.join('&')}` : ''}`
}

/**
 * Reads the URL of a broker; throws `RangeError` that says what was expected (`redis://host:port`) and shows no secret.
 * An `@` behind the host is refused: it may be that of a password that was not encoded, part of which would be taken
 * for a host and shown by whoever cannot reach it.
 */
export function parsedUrl(url: string, expected: string): URL {
  if (!URL.canParse(url)) throw new RangeError(`url: expected ${expected}, got '${shownUrl(url)}'`)
  const parsed = new URL(url)
  if (`${parsed.pathname}${parsed.search}${parsed.hash}`.includes('@'))
    throw new RangeError(
      `url: expected ${expected}, with every / ? # of a password and every @ behind the host encoded (%2F %3F %23 %40), got '${shownUrl(url)}'`,
    )
  return parsed
}

function nameOf(pair: string): string {
  const name = pair.split('=', 1)[0] ?? ''
  try {
    return decodeURIComponent(name)
  } catch {
    return 'secret' // who knows
  }
}
