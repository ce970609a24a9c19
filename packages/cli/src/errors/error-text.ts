import { isAbsolute } from 'node:path'
import { fileURLToPath } from 'node:url'
import { inspect } from 'node:util'
import { isForebayError } from 'forebay'
import { FlowSyntaxError } from './flow-syntax-error.ts'
import { shortPath } from './short-path.ts'

/** Whether stacks are wanted: with `--verbose`, or where the environment has `DEBUG`. */
export function wantsStack(argv: readonly string[], env: Readonly<Record<string, string | undefined>>): boolean {
  return argv.includes('--verbose') || (env['DEBUG'] ?? '') !== ''
}

/** An error as one line: what is wrong, its code, and the line of the user's own code that it comes from. With `withStack`, everything there is. */
export function errorText(error: unknown, withStack = false): string {
  if (withStack) return inspect(error)
  if (!(error instanceof Error)) return String(error)
  if (error instanceof FlowSyntaxError) return error.message
  const cause = causeOf(error)
  const { code } = error as NodeJS.ErrnoException
  const place = isForebayError(error) ? undefined : placeOf(error)
  const notes = [typeof code === 'string' && !messageOf(error).includes(code) ? code : undefined, place]
  const known = notes.filter((note) => note !== undefined).join(', ')
  return `${messageOf(error)}${cause === undefined ? '' : `: ${cause}`}${known === '' ? '' : ` (${known})`}`
}

/** The first line: what follows in some messages, such as a require stack, is no news. */
function messageOf({ message, name }: Error): string {
  return message.split('\n')[0]?.trim() || name
}

function causeOf({ cause, message }: Error): string | undefined {
  if (!(cause instanceof Error)) return undefined
  const text = messageOf(cause)
  return message.includes(text) ? undefined : text
}

/** Where this package and its neighbours are, in the repository or beneath node_modules. */
const ours = fileURLToPath(new URL('../../../', import.meta.url))

function placeOf({ stack = '' }: Error): string | undefined {
  for (const [, named, bare] of stack.matchAll(/^\s+at (?:.*\((.+)\)|(?:async )?(.+))$/gm)) {
    const frame = named ?? bare ?? ''
    const [, url = '', place = ''] = /^(.+?)(:\d+:\d+)$/.exec(frame) ?? []
    const path = url.startsWith('file:') ? fileURLToPath(url) : url
    const isOurs = path.startsWith(ours) && /^[^/]+\/(?:bin|dist|src)\//.test(path.slice(ours.length))
    if (isAbsolute(path) && !isOurs && !path.includes('node_modules')) return `${shortPath(path)}${place}`
  }
  return undefined
}
