import { readdirSync } from 'node:fs'
import { resolve } from 'node:path'
import { openStore, type StoreUrl } from '@forebay/connectors'
import { ForebayError, isForebayError } from 'forebay'
import { bytesCodec, type Queue, type Store } from 'forebay/queue'
import { UsageError } from '../errors/exit-codes.ts'

/** Where `forebay run` keeps what a flow leaves, when nobody says where. */
const FOLDER = '.forebay'

/** The store that is meant: the one named, else the only one that flows have made here. */
function storeUrl(asked: string | undefined): string {
  if (asked !== undefined) return asked
  const found = storesBelow(resolve(FOLDER))
  if (found.length === 1) return `disk:${resolve(FOLDER, found[0] as string)}`
  const which = found.length === 0 ? `there is none in ${FOLDER}` : `there are several: ${found.join(', ')}`
  throw new UsageError(`which store? ${which}; name it with --store disk:DIR`)
}

function storesBelow(folder: string): string[] {
  try {
    return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => (entry.isDirectory() ? [entry.name] : []))
  } catch {
    return []
  }
}

/** Opens a store for a look or a hand; does `work` and closes it, whatever happens. */
export async function withStore<R>(asked: string | undefined, work: (store: Store) => Promise<R>): Promise<R> {
  const store = await open(storeUrl(asked))
  try {
    return await work(store)
  } finally {
    await store.close()
  }
}

/** Opens a queue that exists. Bodies are bytes: what they mean is for the program that put them to say. */
export async function existingQueue(store: Store, name: string | undefined): Promise<Queue<Uint8Array>> {
  const names = await store.list()
  if (name === undefined) throw new UsageError(`which queue? ${store.url} has ${names.join(', ') || 'none'}`)
  if (!names.includes(name))
    throw new UsageError(
      `${store.url} has no queue '${name}'${names.length === 0 ? '' : `; it has ${names.join(', ')}`}`,
    )
  return store.queue(name, { codec: bytesCodec })
}

async function open(url: string): Promise<Store> {
  try {
    return await openStore(url as StoreUrl)
  } catch (error) {
    if (error instanceof RangeError) throw new UsageError(error.message.replace(/^\w+:/, '--store:'))
    if (isForebayError(error, 'FOREBAY_UNAVAILABLE') && /in use by process \d+$/.test(error.message))
      throw new ForebayError('FOREBAY_UNAVAILABLE', `${error.message}; its console shows the queues`, { cause: error })
    throw error
  }
}
