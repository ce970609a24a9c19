import { memoryStore, type Store } from 'forebay/queue'

/** A place for queues, by URL: `memory:` for this process alone. */
export type StoreUrl = 'memory:' | `disk:${string}`

/**
 * Opens the store that a URL names. Throws `RangeError` for a URL that names none.
 *
 * - `memory:` ends with the process.
 */
export async function openStore(url: StoreUrl): Promise<Store> {
  if (url === 'memory:') return memoryStore()
  throw new RangeError(`url: expected 'memory:', got '${String(url)}'`)
}
