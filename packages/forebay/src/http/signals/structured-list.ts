/** What an item or a parameter of a structured field can be. Byte sequences come as their base64 text. */
export type Bare = string | number | boolean

export interface ListMember {
  readonly value: Bare
  readonly params: ReadonlyMap<string, Bare>
}

const mostMembers = 16
const mostParams = 16

const spaces = / */y
const optionalWhitespace = /[ \t]*/y
const text = /"((?:[ !#-[\]-~]|\\["\\])*)"/y
const token = /[A-Za-z*][A-Za-z0-9!#$%&'*+.^_`|~:/-]*/y
const number = /-?\d{1,15}(?:\.\d{1,3})?/y
const bytes = /:([A-Za-z0-9+/=]*):/y
const truth = /\?([01])/y
const key = /[a-z*][a-z0-9_.*-]*/y

/**
 * Reads a list of a structured field (RFC 9651 §4.2, without inner lists and dates). A field that breaks the grammar
 * counts as absent, as the standard asks; so do more than 16 members or 16 parameters of one. Never throws.
 */
export function parseList(field: string): readonly ListMember[] {
  const scanner = new Scanner(field)
  const members: ListMember[] = []
  scanner.take(spaces)
  while (!scanner.isDone) {
    const value = scanner.bare()
    if (value === undefined || members.length === mostMembers) return []
    const params = new Map<string, Bare>()
    while (scanner.skip(';')) {
      scanner.take(spaces)
      const name = scanner.take(key)
      if (name === undefined || params.size === mostParams) return []
      const param = scanner.skip('=') ? scanner.bare() : true
      if (param === undefined) return []
      params.set(name, param)
    }
    members.push({ value, params })
    scanner.take(optionalWhitespace)
    if (scanner.isDone) return members
    if (!scanner.skip(',')) return []
    scanner.take(optionalWhitespace)
    if (scanner.isDone) return [] // a comma that nothing follows
  }
  return members
}

/** `value` as a string of a structured field: printable ASCII, 64 characters at most, others as `_`. */
export function quoted(value: string): string {
  const safe = value.slice(0, 64).replaceAll(/[^ -~]/g, '_')
  return `"${safe.replaceAll(/["\\]/g, String.raw`\$&`)}"`
}

class Scanner {
  readonly #field: string
  #at = 0

  constructor(field: string) {
    this.#field = field.trimEnd()
  }

  get isDone(): boolean {
    return this.#at >= this.#field.length
  }

  skip(character: string): boolean {
    if (this.#field[this.#at] !== character) return false
    this.#at++
    return true
  }

  /** What `pattern` (sticky) finds here: its first group, or all of it. */
  take(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.#at
    const found = pattern.exec(this.#field)
    if (found === null) return undefined
    this.#at = pattern.lastIndex
    return found[1] ?? found[0]
  }

  bare(): Bare | undefined {
    switch (this.#field[this.#at]) {
      case '"':
        return this.take(text)?.replaceAll(/\\(.)/g, '$1')
      case ':':
        return this.take(bytes)
      case '?': {
        const found = this.take(truth)
        return found === undefined ? undefined : found === '1'
      }
      default: {
        const found = this.take(number)
        return found === undefined ? this.take(token) : Number(found)
      }
    }
  }
}
