import { cardLines, type CardLine } from '../../packages/forebay/src/testkit/card.ts'

/** What a doc comment says of a function. */
export interface Doc {
  /** The declaration up to its body, without `export`. */
  readonly signature: string
  /** Its first sentence, which stands alone. */
  readonly summary: string
  /** Everything but the five lines and the examples, as paragraphs. */
  readonly text: readonly string[]
  /** The five lines, as far as they are there. */
  readonly lines: Readonly<Partial<Record<CardLine, string>>>
}

const comment = String.raw`\/\*\*((?:(?!\*\/)[^])*)\*\/\s*`

/** The doc comment of the function or class `name` that a module exports, or nothing when there is none. */
export function docOfExport(source: string, name: string): Doc | undefined {
  return docBefore(source, String.raw`export (?:async )?(?:function\*?|const|class) ${name}\b`)
}

/** The doc comment of a method, or of the call signature of an interface when `name` is empty. */
export function docOfMethod(source: string, name: string): Doc | undefined {
  return docBefore(source, name === '' ? String.raw`<T>\(` : String.raw`(?:async )?${name}(?:<[^\n]*)?\(`)
}

/** The text of the first class or interface of a module whose name is as given, doc comment left out. */
export function bodyOf(source: string, name: string): string {
  return new RegExp(String.raw`(?:class|interface) ${name}\b[^]*?\n\}`).exec(source)?.[0] ?? ''
}

/** The public methods in the body of a class or interface, each once. */
export function methodsOf(body: string): string[] {
  const names = [...body.matchAll(/^ {2}(?:async )?([a-z]\w*)(?:<|\()/gm)].map(([, name = '']) => name)
  return [...new Set(names)].filter((name) => name !== 'constructor')
}

/** Reads a doc comment without its stars. */
function docOf(text: string): Omit<Doc, 'signature'> {
  const paragraphs = text
    .split('\n')
    .map((line) => line.replace(/^\s*\* ?/, '').trim())
    .join('\n')
    .trim()
    .replace(/\n@\w+[^]*$/, '')
    .split(/\n\s*\n/)
    .map((paragraph) =>
      paragraph
        .trim()
        .replaceAll(/\s*\n\s*/g, ' ')
        .replaceAll(/\{@link (\w+)\}/g, '`$1`'),
    )
  const isCard = (paragraph: string): boolean => /^(Emits|Backpressures|Completes|Cancels|Loses): /.test(paragraph)
  const prose = paragraphs.filter((paragraph) => !isCard(paragraph))
  const lines: Partial<Record<CardLine, string>> = {}
  for (const paragraph of paragraphs.filter(isCard)) {
    const parts = paragraph.split(/(?:^|\s)(Emits|Backpressures|Completes|Cancels|Loses): /).slice(1)
    for (let at = 0; at + 1 < parts.length; at += 2) {
      const line = (parts[at] as string).toLowerCase() as CardLine
      if (cardLines.includes(line)) lines[line] = parts[at + 1] as string
    }
  }
  const [first = ''] = prose
  return { summary: /^.*?[.!?](?=\s|$)/.exec(first)?.[0] ?? first, text: prose, lines }
}

function docBefore(source: string, declaration: string): Doc | undefined {
  const match = new RegExp(`${comment}(${declaration})`).exec(source)
  if (match === null) return undefined
  const declared = match.index + match[0].length - (match[2] as string).length
  return { ...docOf(match[1] as string), signature: signatureAt(source, declared) }
}

/** A declaration from where it begins up to its body, or to the end of an overload. */
function signatureAt(source: string, start: number): string {
  let depth = 0
  let end = start
  for (; end < source.length; end++) {
    const char = source[end] as string
    if ('([{'.includes(char)) {
      if (char === '{' && depth === 0 && source[end + 1] === '\n') break
      depth++
    } else if (')]}'.includes(char)) depth--
    else if (char === '\n' && depth === 0) break
  }
  const text = source
    .slice(start, end)
    .trim()
    .replace(/^export (?:async )?(?:function |const )?/, '')
  const indent = source.slice(source.lastIndexOf('\n', start) + 1, start)
  return text.replaceAll(`\n${indent}`, '\n')
}
