const closing: Readonly<Record<string, string>> = { '(': ')', '[': ']', '{': '}' }

/**
 * The code that the first picture of a card is of, from the text of its file: the `op` of its first example, or what
 * the subject itself makes. Nothing for a card that is computed.
 */
export function callOf(source: string, of: string, variant: string | undefined): string | undefined {
  const name = String.raw`card: \{\s*of: '${of.replaceAll('.', String.raw`\.`)}',`
  const which = variant === undefined ? '(?!\\s*variant:)' : String.raw`\s*variant: ["']${escape(variant)}["'],`
  const match = new RegExp(name + which).exec(source)
  if (match === null) return undefined
  const card = blockAt(source, match.index + 'card: '.length)
  const subject = source.slice(subjectStart(source, match.index), match.index)
  const example = /\bemits: \[?\s*\{/.exec(card)
  const emits = example === null ? '' : blockAt(card, card.indexOf('{', example.index))
  return (
    codeAfter(emits, 'op: ') ??
    codeAfter(subject, 'operator: ') ??
    codeAfter(subject, 'source: ') ??
    codeAfter(subject, 'sink: ') ??
    codeAfter(subject, 'junction: ')
  )
}

/** The body of the arrow function behind a key, in one line where it fits. */
function codeAfter(text: string, key: string): string | undefined {
  const at = text.indexOf(key)
  if (at < 0) return undefined
  const value = textAt(text, at + key.length, true)
  const body = /^(?:async )?\([^)]*\) =>\s*([^]*)$/.exec(value)?.[1]
  if (body === undefined || body.startsWith('{')) return undefined
  return dedent(body.trim().replace(/^\[([^]*)\]$/, '$1'))
}

/** Source text from `start` up to the bracket that ends it, or to the comma where there is one to look for. */
function textAt(text: string, start: number, comma: boolean): string {
  let depth = 0
  for (let at = start; at < text.length; at++) {
    const char = text[at] as string
    if (char === "'" || char === '"' || char === '`') at = text.indexOf(char, at + 1)
    else if (char in closing) depth++
    else if (')]}'.includes(char) && depth-- === 0) return text.slice(start, at)
    else if (comma && char === ',' && depth === 0) return text.slice(start, at)
    if (at < 0) break
  }
  return text.slice(start)
}

/** The block that begins with the bracket at `start`. */
function blockAt(text: string, start: number): string {
  return text.slice(start, start + 1) + textAt(text, start + 1, false) + (closing[text[start] as string] ?? '')
}

/** Where the object literal begins that holds the text at `from`. */
function subjectStart(text: string, from: number): number {
  const start = text.lastIndexOf('\n  {', from)
  return start < 0 ? 0 : start
}

function dedent(code: string): string {
  const lines = code.split('\n')
  const indents = lines.slice(1).map((line) => line.length - line.trimStart().length)
  const least = Math.min(...indents)
  return [lines[0], ...lines.slice(1).map((line) => `  ${line.slice(least)}`)].join('\n')
}

function escape(text: string): string {
  return text.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`)
}
