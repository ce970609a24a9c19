import { existsSync, mkdirSync, renameSync, rmSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { ForebayError } from 'forebay'
import type { StoreReport } from 'forebay/queue'
import type { RootDatabase } from 'lmdb'
import { checkDataFile } from './check-data-file.ts'

type Root = RootDatabase<Buffer, number[]>

/** LMDB's own words for a file that is damaged, as against one that cannot be opened. */
const DAMAGED = /MDB_(INVALID|CORRUPTED|PAGE_NOTFOUND|PANIC)|not an LMDB file|page not found|corrupt/i
/** Files below this are not worth compacting. */
const COMPACT_FROM = 32 * 1024 * 1024
const FILES = ['data.mdb', 'lock.mdb'] as const
const QUEUES = 256

/**
 * Opens the LMDB file of a folder. A damaged file is moved aside, into `damaged-<time>/` beside it, and a new one is
 * begun; a file that is mostly free is compacted first, since LMDB reuses free pages and never gives them back.
 * Both are reported.
 */
export async function openDataFile(folder: string, report: (report: StoreReport) => void): Promise<Root> {
  const open = await lmdb()
  const file = join(folder, 'data.mdb')
  mkdirSync(folder, { recursive: true })
  const wrong = checkDataFile(file)
  if (wrong !== undefined) setAside(folder, wrong, report)
  try {
    const root = open(folder)
    return await compacted(root, folder, open, report)
  } catch (error) {
    if (!DAMAGED.test(String(error))) throw error
    setAside(folder, String(error), report)
    return open(folder)
  }
}

/** Pages in use, in bytes, over all databases of a file. */
export function liveBytes(root: Root, databases: Iterable<{ getStats(): object }>): number {
  let pages = 0
  for (const database of [root, ...databases]) {
    const stats = database.getStats() as Record<string, number>
    pages += (stats['treeBranchPageCount'] ?? 0) + (stats['treeLeafPageCount'] ?? 0) + (stats['overflowPages'] ?? 0)
  }
  return pages * ((root.getStats() as Record<string, number>)['pageSize'] ?? 4096)
}

/** Opens the database of one queue. */
export function openQueueDatabase(root: Root, name: string): Root {
  return root.openDB<Buffer, number[]>(name, { encoding: 'binary', cache: false }) as unknown as Root
}

async function lmdb(): Promise<(folder: string) => Root> {
  try {
    const { open } = await import('lmdb')
    // Our batches are transactions already. LMDB's own, one a turn, would reject a promise of theirs that nobody sees.
    const settings = { encoding: 'binary', cache: false, maxDbs: QUEUES, overlappingSync: false } as const
    return (path) => open<Buffer, number[]>({ path, ...settings, eventTurnBatching: false })
  } catch (cause) {
    throw new ForebayError(
      'FOREBAY_UNAVAILABLE',
      "disk: needs the package 'lmdb'; install it beside @forebay/connectors",
      {
        cause,
      },
    )
  }
}

function setAside(folder: string, why: string, report: (report: StoreReport) => void): void {
  const aside = join(folder, `damaged-${new Date().toISOString().replaceAll(':', '-')}`)
  mkdirSync(aside, { recursive: true })
  for (const name of FILES) {
    if (existsSync(join(folder, name))) renameSync(join(folder, name), join(aside, name))
  }
  report({ kind: 'set-aside', message: `${join(folder, 'data.mdb')} is damaged (${why}); it was moved to ${aside}` })
}

async function compacted(
  root: Root,
  folder: string,
  open: (folder: string) => Root,
  report: (report: StoreReport) => void,
): Promise<Root> {
  const file = join(folder, 'data.mdb')
  const { size } = statSync(file)
  if (size < COMPACT_FROM) return root
  const names = [...(root.getKeys() as Iterable<unknown>)].map(String)
  const live = liveBytes(
    root,
    names.map((name) => openQueueDatabase(root, name)),
  )
  if (live > size / 4) return root
  const copy = join(folder, 'compact')
  rmSync(copy, { recursive: true, force: true }) // left by a process that was killed here
  mkdirSync(copy)
  await root.backup(copy, true)
  await root.close()
  // The copy is complete and synced before it takes the old file's place in one step.
  renameSync(join(copy, 'data.mdb'), file)
  rmSync(copy, { recursive: true, force: true })
  const after = statSync(file).size
  report({ kind: 'compacted', message: `${file} had ${size} bytes, of which ${live} were in use; it has ${after} now` })
  return open(folder)
}
