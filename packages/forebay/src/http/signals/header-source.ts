/** Headers as the web (`Headers`), Node (`req.headers`) and undici give them. Names are looked up in lower case. */
export type HeaderSource =
  | { get(name: string): string | null | undefined }
  | { readonly [name: string]: string | number | readonly string[] | undefined }

/** Longer values are not looked at: they come from outside, and none of ours comes near it. */
const longestValue = 4096

/** The value of one header, several joined as a list; `undefined` when there is none or it is longer than 4,096 characters. */
export function headerOf(source: HeaderSource, name: string): string | undefined {
  const raw = isGetter(source) ? source.get(name) : ownOf(source, name)
  if (raw === null || raw === undefined) return undefined
  const value = typeof raw === 'object' ? raw.slice(0, 16).join(', ') : String(raw)
  return value.length > longestValue ? undefined : value
}

function isGetter(source: HeaderSource): source is { get(name: string): string | null | undefined } {
  return typeof source.get === 'function'
}

/** Never a member that every object has: a header may be called `constructor`. */
function ownOf(source: HeaderSource, name: string): string | number | readonly string[] | undefined {
  return Object.hasOwn(source, name) ? (source as Record<string, string>)[name] : undefined
}
