/** A fenced block of a page. Its tags are the words after the language: ` ```ts no-run `. */
export interface Snippet {
  readonly language: string
  readonly tags: readonly string[]
  readonly code: string
  /** Line of the page on which the code begins, from 1. */
  readonly line: number
}

/** Languages whose blocks are run, or at least checked. */
const checked: Readonly<Record<string, readonly string[]>> = {
  ts: ['no-run', 'continues'],
  js: ['no-run', 'continues'],
  sh: ['no-run', 'repo'],
}

/** Languages that are shown only. `text output` is compared with what the block before it printed. */
const shown: Readonly<Record<string, readonly string[]>> = {
  text: ['output'],
  json: [],
  ndjson: [],
  yaml: [],
  html: [],
  http: [],
  lua: [],
  sql: [],
}

/** All fenced blocks of a Markdown page. Throws when a fence is left open or its language or tag is none of ours. */
export function snippetsOf(markdown: string): Snippet[] {
  const snippets: Snippet[] = []
  let open: { indent: string; fence: string; info: string; line: number; body: string[] } | undefined
  for (const [index, text] of markdown.split('\n').entries()) {
    if (open !== undefined) {
      if (text.trim() === open.fence) {
        snippets.push(toSnippet(open.info, open.line, open.body))
        open = undefined
      } else {
        open.body.push(text.startsWith(open.indent) ? text.slice(open.indent.length) : text)
      }
      continue
    }
    const match = /^(\s*)(`{3,})\s*([^`]*)$/.exec(text)
    if (match === null) continue
    const [, indent = '', fence = '', info = ''] = match
    open = { indent, fence, info: info.trim(), line: index + 2, body: [] }
  }
  if (open !== undefined) throw new Error(`line ${open.line - 1}: the fence is never closed`)
  return snippets
}

function toSnippet(info: string, line: number, body: readonly string[]): Snippet {
  const [language = '', ...tags] = info.split(/\s+/)
  const allowed = checked[language] ?? shown[language]
  if (allowed === undefined) {
    const known = [...Object.keys(checked), ...Object.keys(shown)].join(', ')
    throw new Error(`line ${line - 1}: expected a fence of ${known}, got '${language}'`)
  }
  const stranger = tags.find((tag) => !allowed.includes(tag))
  if (stranger !== undefined) throw new Error(`line ${line - 1}: ${language} has no tag '${stranger}'`)
  return { language, tags, code: body.join('\n'), line }
}

/** A block that is checked, with what it must print when the page says so. */
export interface Checked extends Snippet {
  /** All code of the file: what it continues and its own, padded so that a line keeps its number in the page. */
  readonly source: string
  /** Expected output, from a `text output` block that follows it. */
  readonly output: string | undefined
}

/** The blocks of a page that are run or checked, in order. */
export function checkedOf(snippets: readonly Snippet[]): Checked[] {
  const result: Checked[] = []
  let source: string[] = []
  for (const [index, snippet] of snippets.entries()) {
    if (!(snippet.language in checked)) continue
    if (snippet.language !== 'sh') {
      if (!snippet.tags.includes('continues')) source = []
      while (source.length < snippet.line - 1) source.push('')
      source.push(...snippet.code.split('\n'))
    }
    const next = snippets[index + 1]
    result.push({
      ...snippet,
      source: snippet.language === 'sh' ? snippet.code : source.join('\n'),
      output: next?.language === 'text' && next.tags.includes('output') ? next.code : undefined,
    })
  }
  return result
}
