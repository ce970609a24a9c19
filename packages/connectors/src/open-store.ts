import { memoryStore, type Store } from 'forebay/queue'
import { diskStore, type DiskStoreOptions } from './disk/disk-store.ts'

/** A place for queues, by URL: `memory:` for this process alone, `disk:./folder` for a folder. */
export type StoreUrl = 'memory:' | `disk:${string}`

/**
 * Opens the store that a URL names. Throws `RangeError` for a URL that names none.
 *
 * - `memory:` ends with the process.
 * - `disk:./data` keeps everything in that folder, on LMDB (the package `lmdb`, an optional peer): fsync before a put
 *   or an ack resolves. `FOREBAY_UNAVAILABLE` when another process serves the folder.
 */
export async function openStore(url: StoreUrl, options: DiskStoreOptions = {}): Promise<Store> {
  if (url === 'memory:') return memoryStore(options.clock === undefined ? {} : { clock: options.clock })
  if (typeof url === 'string' && url.startsWith('disk:')) return diskStore(url.slice('disk:'.length), options)
  throw new RangeError(`url: expected 'memory:' or 'disk:./folder', got '${String(url)}'`)
}
