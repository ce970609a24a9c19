import type { SourceFile } from './source-file.ts'
import { isFunction, nodesOf } from './syntax.ts'
import type { Node } from './syntax.ts'

/** The options of a door, as source text by name; what is `undefined` is left out. */
export function objectText(entries: Readonly<Record<string, string | undefined>>): string {
  const given = Object.entries(entries).filter((entry): entry is [string, string] => entry[1] !== undefined)
  return given.length === 0
    ? '{}'
    : `{ ${given.map(([name, text]) => (name === text ? name : `${name}: ${text}`)).join(', ')} }`
}

/**
 * Makes `(work, a, b)` into `(() => work(a, b))`, and `(work)` into `(() => work())` where the work might otherwise
 * take what our gates pass for an argument of its own.
 */
export function wrapWork(file: SourceFile, work: Node, extra: readonly Node[], after: string): void {
  const last = extra.at(-1) ?? work
  if (extra.length === 0) {
    const takesNothing = isFunction(work) && nodesOf(work['params']).length === 0
    if (!takesNothing) {
      const [open, close] = isFunction(work) ? ['(', ')'] : ['', '']
      file.replace(work.start, work.start, `() => ${open}`)
      file.replace(work.end, work.end, `${close}()${after}`)
    } else if (after !== '') file.replace(work.end, work.end, after)
    return
  }
  const [open, close] = isFunction(work) ? ['(', ')'] : ['', '']
  file.replace(work.start, work.start, `() => ${open}`)
  file.replace(work.end, (extra[0] as Node).start, `${close}(`)
  file.replace(last.end, last.end, `)${after}`)
}

/** Options of a call that are named otherwise here, written behind the work. */
export function optionsText(entries: Readonly<Record<string, string | undefined>>): string {
  const text = objectText(entries)
  return text === '{}' ? '' : `, ${text}`
}
