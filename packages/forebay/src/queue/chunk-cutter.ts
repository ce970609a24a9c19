import { CHUNK_BYTES, CHUNK_ITEMS, chunkKey, type ChunkRef } from './chunk.ts'
import { READY_LANES } from './lanes.ts'
import type { StoredMessage } from './stored-message.ts'

export interface CutChunk {
  readonly ref: ChunkRef
  readonly messages: readonly StoredMessage[]
  /** It replaces the chunk of this name, which was small and last in its lane. */
  readonly grows: boolean
}

/** A last chunk below this is written again with what comes next, so that single puts share chunks too. */
const SMALL_ITEMS = 64
const SMALL_BYTES = 16 * 1024

interface Tail {
  readonly ref: ChunkRef
  readonly messages: readonly StoredMessage[]
  readonly bytes: number
}

/** Bytes of each chunk when as few as possible of the same size are made. */
function shareOf(items: number, bytes: number): number {
  return bytes / Math.max(1, Math.ceil(items / CHUNK_ITEMS), Math.ceil(bytes / CHUNK_BYTES))
}

/** Cuts new messages into chunks. */
export class ChunkCutter {
  /** The last chunk of a lane while it is small and not in the window: at most 16 KiB a lane. */
  readonly #tails = new Map<number, Tail>()
  readonly #growing = new Set<string>()

  /** Whether a commit that is under way is writing this chunk again: what is read of it now would be out of date. */
  isGrowing(ref: ChunkRef): boolean {
    return this.#growing.size > 0 && this.#growing.has(chunkKey(ref))
  }

  cut(lane: number, at: number, messages: readonly StoredMessage[], number: () => number): CutChunk[] {
    const chunks: CutChunk[] = []
    const tail = this.#tails.get(lane)
    let current: StoredMessage[] = tail === undefined ? [] : [...tail.messages]
    let ref = tail?.ref
    let bytes = tail?.bytes ?? 0
    // Chunks of the same size rather than full ones and a rest: a small rest would be written again by the next commit.
    const share = shareOf(
      current.length + messages.length,
      messages.reduce((sum, next) => sum + next.bytes, bytes),
    )
    for (const message of messages) {
      const isFull = current.length >= CHUNK_ITEMS || bytes >= share || bytes + message.bytes > CHUNK_BYTES
      if (isFull && current.length > 0) {
        chunks.push({ ref: ref as ChunkRef, messages: current, grows: ref === tail?.ref })
        current = []
        bytes = 0
        ref = undefined
      }
      // A ready lane is read in the order of its puts; in the other lanes only the place counts.
      ref ??= { lane, at, seq: lane < READY_LANES ? message.seq : number() }
      current.push(message)
      bytes += message.bytes
    }
    if (ref !== undefined && current.length > 0) chunks.push({ ref, messages: current, grows: ref === tail?.ref })
    for (const chunk of chunks) if (chunk.grows) this.#growing.add(chunkKey(chunk.ref))
    return chunks
  }

  /** The commit is over; `isUnread` tells whether a chunk stayed outside the window. */
  committed(chunks: readonly CutChunk[], isUnread: (chunk: CutChunk) => boolean): void {
    this.#growing.clear()
    for (const chunk of chunks) {
      const { lane } = chunk.ref
      if (lane >= READY_LANES) continue
      this.#tails.delete(lane)
      if (!isUnread(chunk)) continue
      const bytes = chunk.messages.reduce((sum, message) => sum + message.bytes, 0)
      if (chunk.messages.length < SMALL_ITEMS && bytes < SMALL_BYTES)
        this.#tails.set(lane, { ref: chunk.ref, messages: chunk.messages, bytes })
    }
  }

  failed(): void {
    this.#growing.clear()
  }

  /** A chunk is being read: it does not grow any more. */
  reading(ref: ChunkRef): void {
    const tail = this.#tails.get(ref.lane)
    if (tail !== undefined && tail.ref.seq === ref.seq) this.#tails.delete(ref.lane)
  }
}
