import { mkdirSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { ForebayError, systemClock, type Clock } from 'forebay'
import { engineCaps, JournalStore, type Caps, type ChunkRef, type Store, type StoreReport } from 'forebay/queue'
import { liveBytes, openDataFile, openQueueDatabase } from './data-file.ts'
import { DiskSpace } from './disk-space.ts'
import { DiskJournal, type DiskHost } from './disk-journal.ts'
import { lockStore } from './store-lock.ts'

/** How {@link diskStore} uses the disk. */
export interface DiskStoreOptions {
  /**
   * Bytes that all its queues may occupy together, pages, trees and remembered ids included, at least 1 MiB; default 64 GiB.
   * A put that needs more waits or is refused. The file may be larger by pages that are free: LMDB uses them again.
   */
  maxDiskBytes?: number
  clock?: Clock
}

/** What `disk:` stores can do. */
export const diskCaps: Caps = { ...engineCaps, durability: 'fsync' }

/**
 * Queues in a folder, on LMDB: a put that has resolved and an ack that has resolved survive a killed process and a power cut.
 *
 * Leases live in memory, so one process serves a folder at a time, and a crash gives them all back. What had been
 * out then is delivered with its attempt written down first, so that a message that kills its process every time
 * reaches `maxAttempts`.
 */
export async function diskStore(folder: string, options: DiskStoreOptions = {}): Promise<Store> {
  if (folder === '') throw new RangeError(`folder: expected the path of a folder, got ''`)
  const { maxDiskBytes = 64 * 1024 ** 3 } = options
  if (!(maxDiskBytes >= 1024 ** 2)) throw new RangeError(`maxDiskBytes: expected at least 1 MiB, got ${maxDiskBytes}`)
  const path = resolve(folder)
  mkdirSync(path, { recursive: true })
  const unlock = lockStore(join(path, 'in-use.json'))
  try {
    return await opened(path, maxDiskBytes, options.clock ?? systemClock, unlock)
  } catch (error) {
    unlock()
    throw error
  }
}

async function opened(path: string, maxDiskBytes: number, clock: Clock, unlock: () => void): Promise<Store> {
  const reports: StoreReport[] = []
  const report = (next: StoreReport): void => {
    if (reports.push(next) > 100) reports.shift()
  }
  const root = await openDataFile(path, report)
  const names = (): string[] => [...(root.getKeys() as Iterable<unknown>)].map(String)
  // One a queue, those that nobody opens too: they count for the bound.
  const databases = new Map(names().map((name) => [name, openQueueDatabase(root, name)]))
  const space = new DiskSpace(maxDiskBytes, () => liveBytes(root, databases.values()))
  const host: DiskHost = {
    reserve: (bytes, storesMessages) => {
      if (!space.take(bytes, storesMessages))
        throw new ForebayError('FOREBAY_OVERFLOW', `${path} may use ${maxDiskBytes} bytes, and has`, {
          retryable: true,
        })
    },
    setAside: (queue, ref, bytes) => report(keepDamaged(path, queue, ref, bytes)),
    refresh: () => root.resetReadTxn(),
  }
  return new JournalStore({
    url: `disk:${path}`,
    caps: diskCaps,
    clock,
    random: { next: () => Math.random() },
    openJournal: async (name) => {
      const database = databases.get(name) ?? openQueueDatabase(root, name)
      databases.set(name, database)
      root.resetReadTxn()
      return new DiskJournal(name, database, host)
    },
    list: names,
    reports,
    close: async () => {
      await root.close()
      unlock()
    },
  })
}

/** Keeps the bytes of a chunk that does not decode, for whoever wants to look. */
function keepDamaged(path: string, queue: string, ref: ChunkRef, bytes: Buffer | undefined): StoreReport {
  const name = `${queue}-${ref.lane}-${ref.at}-${ref.seq}.bin`
  const size = bytes?.length ?? 0
  try {
    mkdirSync(join(path, 'damaged-messages'), { recursive: true })
    writeFileSync(join(path, 'damaged-messages', name), bytes ?? '')
  } catch (error) {
    return {
      kind: 'corrupt-message',
      message: `a chunk of queue ${queue} is damaged, and could not be kept: ${String(error)}`,
    }
  }
  return {
    kind: 'corrupt-message',
    message: `a chunk of queue ${queue} is damaged; its ${size} bytes are in ${join(path, 'damaged-messages', name)}`,
  }
}
