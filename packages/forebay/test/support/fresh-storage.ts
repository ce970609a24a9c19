import { AsyncLocalStorage } from 'node:async_hooks'

const used: AsyncLocalStorage<any>[] = []

/**
 * A storage for one test, which ends it with `afterEach(disableStorages)`. One that stays enabled makes Node 20 call a
 * hook for every promise of the process, and so of every test after it.
 */
export function freshStorage<T>(): AsyncLocalStorage<T> {
  const storage = new AsyncLocalStorage<T>()
  used.push(storage)
  return storage
}

export function disableStorages(): void {
  for (const storage of used.splice(0)) storage.disable()
}
