/** Whether two keys are one as `Map` sees it: `NaN` is itself, and 0 and −0 are the same. */
export function isSameKey(a: unknown, b: unknown): boolean {
  return a === b || (a !== a && b !== b)
}
