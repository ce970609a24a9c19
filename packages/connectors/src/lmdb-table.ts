import { ForebayError } from 'forebay'
import type { RootDatabase } from 'lmdb'

/** What a row is found by. Numbers sort before strings, each in their order. */
export type RowId = number | string

/** How {@link lmdbTable} stores rows. */
export interface LmdbTableOptions<T> {
  /** Identity of a row; default its `id`. A row that is put again replaces itself. */
  readonly id?: (row: T) => RowId
  /** Bytes that the table may use on disk; default 4 GiB. A put that finds it full rejects with `FOREBAY_OVERFLOW`. */
  readonly maxBytes?: number
  /** Opens for reading alone; the table must exist. Default false. */
  readonly readOnly?: boolean
}

/** Rows by id in an LMDB file; see {@link lmdbTable}. */
export interface LmdbTable<T> extends AsyncDisposable {
  /** Stores a batch in one transaction. Resolves when it is on disk; rejects when none of it is. */
  put(rows: readonly T[]): Promise<void>
  get(id: RowId): Promise<T | undefined>
  has(id: RowId): Promise<boolean>
  count(): Promise<number>
  /** Ids in order, from `from` (included) to `to` (excluded); read in pages, so a long scan holds nothing up. */
  ids(range?: { from?: RowId; to?: RowId }): AsyncIterable<RowId>
  /** Waits for puts that are under way, and closes. Closing twice is fine. */
  close(): Promise<void>
}

const PAGE_IDS = 1000

/**
 * A table in an LMDB folder, keyed by id: durable when `put` resolves, idempotent per row, the same after a restart.
 *
 * Nothing is opened before the first call. `lmdb` is an optional peer dependency; without it the first call
 * rejects. Rows are stored as self-contained MessagePack, so any LMDB reader can read them.
 */
export function lmdbTable<T extends object>(path: string, options: LmdbTableOptions<T> = {}): LmdbTable<T> {
  const { id = idOf, maxBytes = 4 * 1024 ** 3, readOnly = false } = options
  if (path === '') throw new RangeError(`path: expected the path of a folder, got ''`)
  if (!(Number.isFinite(maxBytes) && maxBytes >= 1024 ** 2)) {
    throw new RangeError(`maxBytes: expected at least 1 MiB, got ${maxBytes}`)
  }
  return new Table<T>(path, id, maxBytes, readOnly)
}

class Table<T extends object> implements LmdbTable<T> {
  readonly #path: string
  readonly #id: (row: T) => RowId
  readonly #maxBytes: number
  readonly #readOnly: boolean
  #opening: Promise<RootDatabase<T, RowId>> | undefined
  #isClosed = false

  constructor(path: string, id: (row: T) => RowId, maxBytes: number, readOnly: boolean) {
    this.#path = path
    this.#id = id
    this.#maxBytes = maxBytes
    this.#readOnly = readOnly
  }

  async put(rows: readonly T[]): Promise<void> {
    if (rows.length === 0) return
    const ids = rows.map((row) => this.#id(row)) // before the first write, so that a row without one stops all
    const database = await this.#open()
    const used = usedBytes(database)
    if (used >= this.#maxBytes) {
      const message = `the table ${this.#path} holds ${used} of at most ${this.#maxBytes} bytes`
      throw new ForebayError('FOREBAY_OVERFLOW', message, { retryable: true })
    }
    await database.batch(() => {
      rows.forEach((row, index) => void database.put(ids[index] as RowId, row))
    })
    await database.flushed
  }

  async get(id: RowId): Promise<T | undefined> {
    return (await this.#latest()).get(id)
  }

  async has(id: RowId): Promise<boolean> {
    return (await this.#latest()).doesExist(id)
  }

  async count(): Promise<number> {
    return ((await this.#latest()).getStats() as { entryCount: number }).entryCount
  }

  async *ids({ from, to }: { from?: RowId; to?: RowId } = {}): AsyncGenerator<RowId> {
    let start = from
    let isFirst = true
    for (;;) {
      const database = await this.#latest()
      const bounds = { ...(start !== undefined && { start }), ...(to !== undefined && { end: to }) }
      const page = [...database.getKeys({ limit: PAGE_IDS + 1, ...bounds })]
      yield* isFirst ? page : page.slice(1) // a page begins with the last id of the one before
      if (page.length <= PAGE_IDS) return
      isFirst = false
      start = page.at(-1)
    }
  }

  async close(): Promise<void> {
    if (this.#isClosed) return
    this.#isClosed = true
    const opening = this.#opening
    if (opening === undefined) return
    const database = await opening
    await database.flushed
    await database.close()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
  }

  /** As the last commit left it, another process's included: LMDB keeps one view per turn of the event loop. */
  async #latest(): Promise<RootDatabase<T, RowId>> {
    const database = await this.#open()
    database.resetReadTxn()
    return database
  }

  #open(): Promise<RootDatabase<T, RowId>> {
    if (this.#isClosed) throw new ForebayError('FOREBAY_CLOSED', `the table ${this.#path} is closed`)
    this.#opening ??= openDatabase<T>(this.#path, this.#readOnly)
    return this.#opening
  }
}

async function openDatabase<T>(path: string, readOnly: boolean): Promise<RootDatabase<T, RowId>> {
  const { open } = await import('lmdb')
  // Turn batching turns a failed commit into an unhandled rejection; a full disk must reach the caller instead.
  return open<T, RowId>({ path, readOnly, maxReaders: 32, eventTurnBatching: false })
}

/** Pages that rows occupy. The file itself never shrinks, and LMDB reuses its free pages. */
function usedBytes(database: RootDatabase): number {
  const stats = database.getStats() as Record<string, number>
  const { pageSize = 0, treeBranchPageCount = 0, treeLeafPageCount = 0, overflowPages = 0 } = stats
  return pageSize * (treeBranchPageCount + treeLeafPageCount + overflowPages)
}

function idOf(row: object): RowId {
  const { id } = row as { id?: unknown }
  if (typeof id === 'number' || typeof id === 'string') return id
  throw new TypeError(`id: expected a row with an id that is a number or a string, got ${String(id)}`)
}
