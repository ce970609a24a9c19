/** Whether a result has to be waited for. A test by shape: a promise of another realm or library counts. */
export function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof value === 'object' && value !== null && typeof (value as { then?: unknown }).then === 'function'
}
