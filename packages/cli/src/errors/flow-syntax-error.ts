import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { shortPath } from './short-path.ts'

const CHECK_MS = 10_000

/** A flow file, or one that it imports, does not compile. The message is `file:line:column: message`. */
export class FlowSyntaxError extends Error {}

/**
 * The error of a flow file that does not compile, with its place; `undefined` for whatever else went wrong. `url` is
 * the flow file's.
 *
 * Node tells neither file nor line of a module that it cannot parse to those who catch the error, only to those who
 * die of it. So a second process does: it runs nothing of the flow, since Node parses all before it runs any.
 */
export function syntaxError(error: unknown, url: string): FlowSyntaxError | undefined {
  if (!(error instanceof Error)) return undefined
  const byJiti = /^ParseError: (.*?)\s*\n\s*(.+:\d+:\d+)/.exec(error.message)
  if (byJiti !== null) return located(byJiti[2] as string, byJiti[1] as string, error)
  if (!(error instanceof SyntaxError)) return undefined
  const place = placeIn(error.stack ?? '') ?? (isByCompiler(error) ? placeIn(failAgain(url)) : undefined)
  return place === undefined ? undefined : located(place, error.message, error)
}

function located(place: string, message: string, cause: Error): FlowSyntaxError {
  return new FlowSyntaxError(`${shortPath(place)}: ${message}`, { cause })
}

/** Where Node points to: the file and the line, then the source, then a caret. */
function placeIn(stack: string): string | undefined {
  const [, file = '', line = '', caret = ''] = /^(.+):(\d+)\n[^^]*?\n(\s*)\^/.exec(stack) ?? []
  if (file === '') return undefined
  return `${file.startsWith('file:') ? fileURLToPath(file) : file}:${line}:${caret.length + 1}`
}

/** Whether no module had run yet: a `SyntaxError` may also come from JSON that a module reads. */
function isByCompiler({ stack = '' }: Error): boolean {
  const frames = stack.split('\n').filter((line) => /^\s+at /.test(line))
  return frames.length > 0 && /\bnode:internal\/modules\//.test(frames[0] as string)
}

function failAgain(url: string): string {
  const args = ['--input-type=module', '--eval', 'await import(process.argv[1])', url]
  return spawnSync(process.execPath, args, { encoding: 'utf8', timeout: CHECK_MS }).stderr
}
