/**
 * Stands in for `node:v8` and `node:vm` in a page that was started with `--expose-gc`. Tests look for a global `gc` too,
 * which on Node is not there.
 */
const scope = globalThis as unknown as { gc: (() => void) | undefined }
const { gc } = scope
scope.gc = undefined

export function setFlagsFromString(): void {}

/** Gives the page's `gc`, the one thing that tests run in a context of their own. */
export function runInNewContext(): () => void {
  if (gc === undefined) throw new Error('the page was not started with --expose-gc')
  return gc
}
