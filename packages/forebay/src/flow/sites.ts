import type { PlanNode } from '../kernel/plan.ts'

let recording = false

/**
 * From now on every stage remembers where it was written: `explain`, stall reports and the console then show
 * `file:line:column`. Costs some microseconds for each stage of a blueprint and nothing while it runs; meant for
 * development, and called before the flows are made.
 */
export function recordSites(on = true): void {
  recording = on
}

/** `node`, with the place outside this library where it was made, if places are recorded. */
export function withSite<N extends PlanNode>(node: N): N {
  if (!recording || node.site !== undefined) return node
  const site = callerOf(new Error('site').stack ?? '')
  return site === undefined ? node : { ...node, site }
}

const PLACE = /(?:^|[\s(@])((?:file:\/\/|https?:\/\/|\/|[A-Za-z]:\\)[^\s()]*):(\d+):(\d+)\)?$/

/**
 * The first place of a stack outside the folder of its first place, which is the library's own. Reads the
 * stacks of V8, JavaScriptCore and SpiderMonkey.
 */
export function callerOf(stack: string): string | undefined {
  let own: string | undefined
  for (const line of stack.split('\n')) {
    const match = PLACE.exec(line)
    if (match === null) continue
    const [, file = '', row = '', column = ''] = match
    if (own === undefined) own = folderOf(file)
    else if (!file.startsWith(own)) return `${file.replace(/^file:\/\//, '')}:${row}:${column}`
  }
  return undefined
}

/** Ours is a folder named `flow`; in a bundle it is the bundle's file. */
function folderOf(file: string): string {
  const end = file.lastIndexOf('/flow/')
  return end === -1 ? file : file.slice(0, end + 1)
}
