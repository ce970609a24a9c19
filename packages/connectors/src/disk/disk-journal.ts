import type { Changes, ChunkRef, Journal, JournalState, Recovered, StoredChunk } from 'forebay/queue'
import type { Database } from 'lmdb'
import { decodeChunk, decodeHead, encodeChunk } from './chunk-format.ts'
import { CommitBuffer } from './commit-buffer.ts'
import { spaceOf } from './disk-space.ts'
import { decodeMark, encodeMark } from './mark-format.ts'

/** First part of a key. State and ids are single values; chunks and their marks are ordered by lane, time and number. */
const STATE = 0
const IDS = 1
const CHUNK = 2
const MARK = 3

type Key = number[]

/** What a journal needs of the file it shares with the other queues of its store. */
export interface DiskHost {
  /** Throws when messages, in values that take `bytes`, would exceed what the store may use of the disk. */
  reserve(bytes: number, storesMessages: boolean): void
  /** A chunk does not decode: keeps a copy of what is left of it and reports it. */
  setAside(queue: string, ref: ChunkRef, bytes: Buffer | undefined): void
  /** Lets reads see the last commit. */
  refresh(): void
}

/** Bytes held above which what is read may no longer be in the page cache. */
const WARM_BYTES = 256 * 1024 * 1024

/**
 * The journal of one queue in an LMDB database. LMDB writes and syncs on a thread of its own; a commit resolves
 * when it is on disk. Many messages share a value, so acknowledging one writes a bit and not the others again.
 */
export class DiskJournal implements Journal {
  readonly recovered: Recovered
  readonly #name: string
  readonly #db: Database<Buffer, Key>
  readonly #host: DiskHost
  /** Chunks below this were written by an earlier process: perhaps not in the page cache. */
  readonly #coldBelow: number
  readonly #buffer = new CommitBuffer()
  #bytes: number

  constructor(name: string, db: Database<Buffer, Key>, host: DiskHost) {
    this.#name = name
    this.#db = db
    this.#host = host
    const state = this.#readState()
    this.#coldBelow = state?.nextSeq ?? 0
    this.#bytes = state?.bytes ?? 0
    this.recovered = { state, lanes: this.#lanes(), ids: this.#ids() }
  }

  async commit(changes: Changes): Promise<void> {
    this.#buffer.reset() // one commit is under way at a time
    const chunks = changes.chunks.map(
      ({ ref, messages }) => [ref, encodeChunk(messages, this.#buffer.allocate)] as const,
    )
    const marks = changes.marks.map((mark) => [mark.ref, encodeMark(mark)] as const)
    const ids = changes.ids === undefined ? [] : [encodeIds(changes.ids)]
    const state = json(changes.state)
    let bytes = spaceOf(state.length)
    for (const [, value] of [...chunks, ...marks, ...ids]) bytes += spaceOf(value.length)
    this.#host.reserve(bytes, changes.admits)
    const db = this.#db
    try {
      // One transaction: LMDB writes all of a batch, or nothing.
      await db.batch(() => {
        for (const [ref, bytes] of chunks) void db.put(keyOf(CHUNK, ref), bytes)
        for (const [ref, value] of marks) void db.put(keyOf(MARK, ref), value)
        for (const ref of changes.removed) {
          void db.remove(keyOf(CHUNK, ref))
          void db.remove(keyOf(MARK, ref))
        }
        for (const [record, value] of ids) void db.put([IDS, record], value)
        for (const record of changes.forgotten) void db.remove([IDS, record])
        void db.put([STATE], state)
      })
    } catch (error) {
      throw await reasonOf(error)
    }
    this.#bytes = changes.state.bytes
    this.#host.refresh()
  }

  nextRef(lane: number, after: ChunkRef | undefined): ChunkRef | undefined {
    const start = after === undefined ? [CHUNK, lane] : keyOf(CHUNK, after)
    for (const key of this.#db.getKeys({
      start,
      end: [CHUNK, lane + 1],
      limit: 1,
      exclusiveStart: after !== undefined,
    }))
      return { lane, at: key[2] as number, seq: key[3] as number }
    return undefined
  }

  read(ref: ChunkRef): StoredChunk | Promise<StoredChunk> {
    if (ref.seq >= this.#coldBelow && this.#bytes < WARM_BYTES) return this.#read(ref)
    // Faults the pages in on another thread, so that a cold disk does not stop the event loop.
    return this.#db.prefetch([keyOf(CHUNK, ref)]).then(() => this.#read(ref))
  }

  stampOf(ref: ChunkRef): number | undefined {
    const bytes = this.#db.getBinaryFast(keyOf(CHUNK, ref))
    return bytes === undefined ? undefined : decodeHead(bytes)?.stamp
  }

  close(): void {}

  #read(ref: ChunkRef): StoredChunk {
    const bytes = this.#db.getBinary(keyOf(CHUNK, ref))
    const messages = bytes === undefined ? undefined : decodeChunk(bytes)
    const marked = this.#db.getBinary(keyOf(MARK, ref))
    if (messages === undefined) {
      this.#host.setAside(this.#name, ref, bytes)
      const head = bytes === undefined ? undefined : decodeHead(bytes)
      return { ref, messages: [], lost: this.#lost(head, marked) }
    }
    const mark = marked === undefined ? undefined : decodeMark(marked, messages.length)
    return { ref, messages, ...(mark !== undefined && { settled: mark.settled, begun: mark.begun }) }
  }

  #lost(
    head: { count: number; bytes: number } | undefined,
    marked: Buffer | undefined,
  ): { items: number; bytes: number } {
    if (head === undefined) return { items: 0, bytes: 0 }
    const settled = marked === undefined ? undefined : decodeMark(marked, head.count)?.settled
    let ended = 0
    for (let i = 0; i < head.count; i++) if (((settled?.[i >> 3] ?? 0) & (1 << (i & 7))) !== 0) ended++
    const items = head.count - ended
    return { items, bytes: Math.round((head.bytes * items) / Math.max(1, head.count)) }
  }

  #readState(): JournalState | undefined {
    const bytes = this.#db.getBinary([STATE])
    return bytes === undefined ? undefined : (JSON.parse(bytes.toString()) as JournalState)
  }

  /** One look a lane, past all that lies in it. */
  #lanes(): number[] {
    const lanes: number[] = []
    for (let from = 0; ;) {
      const [key] = this.#db.getKeys({ start: [CHUNK, from], end: [CHUNK + 1], limit: 1 })
      if (key === undefined) return lanes
      lanes.push(key[1] as number)
      from = (key[1] as number) + 1
    }
  }

  #ids(): { record: number; stamp: number; ids: string[] }[] {
    return [...this.#db.getRange({ start: [IDS], end: [IDS + 1] })].map(({ key, value }) => ({
      record: key[1] as number,
      ...(JSON.parse(value.toString()) as { stamp: number; ids: string[] }),
    }))
  }
}

function keyOf(kind: number, { lane, at, seq }: ChunkRef): Key {
  return [kind, lane, at, seq]
}

function encodeIds({ record, stamp, ids }: NonNullable<Changes['ids']>): readonly [record: number, value: Buffer] {
  return [record, json({ stamp, ids })]
}

function json(value: unknown): Buffer {
  return Buffer.from(JSON.stringify(value))
}

/** LMDB rejects a failed commit with an error that carries a promise of the reason. */
async function reasonOf(error: unknown): Promise<unknown> {
  const { commitError } = error as { commitError?: Promise<never> }
  return commitError === undefined ? error : commitError.catch((reason: unknown) => reason)
}
