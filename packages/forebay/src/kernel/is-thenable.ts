/** Whether a result has to be waited for. A test by shape: a promise of another realm or library counts. */
export function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof value === 'object' && value !== null && typeof (value as { then?: unknown }).then === 'function'
}

/** What has to be waited for, in a form that can be relied on. Most of it is promises of this realm, known by one look. */
export function pending(result: unknown): PromiseLike<unknown> | undefined {
  if (result instanceof Promise) return result
  return isThenable(result) ? Promise.resolve(result) : undefined
}

/** The same answer from something that can be relied on: a thenable may answer twice, throw, or call back at once. */
export function promised(thenable: PromiseLike<unknown>): PromiseLike<unknown> {
  return thenable instanceof Promise ? thenable : Promise.resolve(thenable)
}
