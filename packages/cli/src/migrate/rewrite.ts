import type { SourceFile } from './source-file.ts'
import { isCallable, isComputed, isFunction, nodesOf } from './syntax.ts'
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
 * take what our gates pass for an argument of its own. What is computed for the call is still computed once, before it.
 */
export function wrapWork(file: SourceFile, work: Node, extra: readonly Node[], after: string): void {
  const last = extra.at(-1) ?? work
  if (work.type === 'SpreadElement')
    return file.note(work, 'the work is in a list that is spread: call it in a function')
  if (extra.length === 0 && isFunction(work) && nodesOf(work['params']).length === 0) {
    if (after !== '') file.replace(work.end, work.end, after)
    return
  }
  if ([work, ...extra].some(isComputed)) {
    const rest = extra.length === 0 ? '' : '...args'
    file.replace(work.start, work.start, `((${['work', rest].filter(Boolean).join(', ')}) => () => work(${rest}))(`)
    return file.replace(last.end, last.end, `)${after}`)
  }
  const [open, close] = isCallable(work) ? ['', ''] : ['(', ')']
  file.replace(work.start, work.start, `() => ${open}`)
  if (extra[0] === undefined) return file.replace(work.end, work.end, `${close}()${after}`)
  file.replace(work.end, extra[0].start, `${close}(`)
  file.replace(last.end, last.end, `)${after}`)
}

/** Makes `limiter.schedule(` into `limiter(`. */
export function callItself(file: SourceFile, at: Node, member: Node): void {
  file.replace(at.end, member.end, member['optional'] === true ? '?.' : '')
}

/** The source text of each option, by its name. */
export function textsOf(file: SourceFile, options: ReadonlyMap<string, Node>): (name: string) => string | undefined {
  return (name) => {
    const node = options.get(name)
    return node === undefined ? undefined : file.source(node)
  }
}

/** Options of a call that are named otherwise here, written behind the work. */
export function optionsText(entries: Readonly<Record<string, string | undefined>>): string {
  const text = objectText(entries)
  return text === '{}' ? '' : `, ${text}`
}
