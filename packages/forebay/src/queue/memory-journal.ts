import type { ChunkRef } from './chunk.ts'
import type { Changes, Journal, JournalState, Recovered, StoredChunk } from './journal.ts'
import type { StoredMessage } from './stored-message.ts'

interface Held {
  readonly ref: ChunkRef
  readonly messages: readonly StoredMessage[]
  settled: Uint8Array | undefined
  begun: Map<number, number> | undefined
}

/**
 * A journal that ends with its process. It keeps its contents when a queue is closed, so that the queue can be
 * opened again. Chunks of a lane lie in order in an array: small ones grow, so there are few.
 */
export class MemoryJournal implements Journal {
  readonly #lanes = new Map<number, Held[]>()
  #ids: { record: number; stamp: number; ids: readonly string[] }[] = []
  #state: JournalState | undefined

  get recovered(): Recovered {
    return {
      state: this.#state,
      lanes: [...this.#lanes].filter(([, chunks]) => chunks.length > 0).map(([lane]) => lane),
      ids: this.#ids,
    }
  }

  commit(changes: Changes): void {
    for (const { ref, messages } of changes.chunks) this.#write(ref, messages)
    for (const { ref, settled, begun } of changes.marks) {
      const held = this.#find(ref)
      if (held === undefined) continue
      held.settled = settled.slice()
      held.begun = begun === undefined ? undefined : new Map(begun)
    }
    for (const ref of changes.removed) this.#remove(ref)
    if (changes.ids !== undefined) this.#ids.push(changes.ids)
    if (changes.forgotten.length > 0) {
      const gone = new Set(changes.forgotten)
      this.#ids = this.#ids.filter((entry) => !gone.has(entry.record))
    }
    this.#state = changes.state
  }

  nextRef(lane: number, after: ChunkRef | undefined): ChunkRef | undefined {
    const chunks = this.#lanes.get(lane)
    if (chunks === undefined) return undefined
    return chunks[after === undefined ? 0 : indexAfter(chunks, after)]?.ref
  }

  read(ref: ChunkRef): StoredChunk {
    const held = this.#find(ref)
    if (held === undefined) return { ref, messages: [], lost: { items: 0, bytes: 0 } }
    return {
      ref,
      messages: held.messages,
      ...(held.settled !== undefined && { settled: held.settled.slice() }),
      ...(held.begun !== undefined && { begun: new Map(held.begun) }),
    }
  }

  stampOf(ref: ChunkRef): number | undefined {
    return this.#find(ref)?.messages[0]?.enqueuedAt
  }

  close(): void {}

  #write(ref: ChunkRef, messages: readonly StoredMessage[]): void {
    let chunks = this.#lanes.get(ref.lane)
    if (chunks === undefined) this.#lanes.set(ref.lane, (chunks = []))
    const held: Held = { ref, messages, settled: undefined, begun: undefined }
    const at = indexAfter(chunks, ref)
    const before = chunks[at - 1]
    if (before !== undefined && before.ref.at === ref.at && before.ref.seq === ref.seq) chunks[at - 1] = held
    else if (at === chunks.length) chunks.push(held)
    else chunks.splice(at, 0, held)
  }

  #remove(ref: ChunkRef): void {
    const chunks = this.#lanes.get(ref.lane)
    const at = chunks === undefined ? 0 : indexAfter(chunks, ref) - 1
    const held = chunks?.[at]
    if (held !== undefined && held.ref.at === ref.at && held.ref.seq === ref.seq) chunks?.splice(at, 1)
  }

  #find(ref: ChunkRef): Held | undefined {
    const chunks = this.#lanes.get(ref.lane) ?? []
    const held = chunks[indexAfter(chunks, ref) - 1]
    return held !== undefined && held.ref.at === ref.at && held.ref.seq === ref.seq ? held : undefined
  }
}

/** How many chunks lie at or before `ref`. */
function indexAfter(chunks: readonly Held[], ref: ChunkRef): number {
  let low = 0
  let high = chunks.length
  while (low < high) {
    const middle = (low + high) >> 1
    const { at, seq } = (chunks[middle] as Held).ref
    if (at < ref.at || (at === ref.at && seq <= ref.seq)) low = middle + 1
    else high = middle
  }
  return low
}
