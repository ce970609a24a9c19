import { Chunk, chunkKey, type ChunkRef } from './chunk.ts'
import type { StoredChunk } from './journal.ts'
import type { Lane } from './lane.ts'
import { Message } from './message.ts'
import type { StoredMessage } from './stored-message.ts'
import type { Window } from './window.ts'

/** The chunks whose messages are in memory: bounded by the window and what is out. */
export class LoadedChunks {
  readonly #window: Window
  readonly #suspectsUpTo: number
  readonly #chunks = new Map<string, Chunk>()

  /** Messages up to `suspectsUpTo` may have been out when an earlier process ended. */
  constructor(window: Window, suspectsUpTo: number) {
    this.#window = window
    this.#suspectsUpTo = suspectsUpTo
  }

  get(ref: ChunkRef): Chunk | undefined {
    return this.#chunks.get(chunkKey(ref))
  }

  /** Chunks are gone from the journal. */
  removed(refs: readonly ChunkRef[]): void {
    for (const ref of refs) this.#chunks.delete(chunkKey(ref))
  }

  /**
   * Brings a chunk's messages into the window: behind the others of `lane`, or before the others of their own
   * lanes when they have waited for their time. `stored` is what the journal gave back, absent for a chunk that has just
   * been written. Returns how many messages came.
   */
  take(
    lane: Lane | undefined,
    ref: ChunkRef,
    messages: readonly StoredMessage[],
    stored: StoredChunk | undefined,
  ): number {
    const chunk = new Chunk(ref, messages.length, stored?.settled, stored?.begun)
    this.#chunks.set(chunkKey(ref), chunk)
    for (let index = 0; index < messages.length; index++) {
      if (chunk.isSettled(index)) continue
      const from = messages[index] as StoredMessage
      const message = new Message(from, chunk, index, stored !== undefined && from.seq <= this.#suspectsUpTo)
      if (lane === undefined) this.#window.putBack(message)
      else this.#window.push(lane, message)
    }
    return chunk.live
  }
}
