/** Where a chunk lies: a lane, and its place in it. In the lanes of waiting messages `at` is the time they are due. */
export interface ChunkRef {
  readonly lane: number
  readonly at: number
  readonly seq: number
}

/** Messages and bytes of a chunk at most; a single larger message is a chunk of its own. */
export const CHUNK_ITEMS = 256
export const CHUNK_BYTES: number = 128 * 1024

export function chunkKey(ref: ChunkRef): string {
  return `${ref.lane}:${ref.at}:${ref.seq}`
}

/**
 * What is left of a chunk whose messages are in memory: one bit a message says that it has ended.
 * A chunk is removed from its journal when every bit is set.
 */
export class Chunk {
  readonly ref: ChunkRef
  readonly count: number
  readonly settled: Uint8Array
  /** Messages not settled. */
  live: number
  /** Attempts begun, by index, for messages whose attempts are written down before they are handed out. */
  begun: Map<number, number> | undefined

  constructor(ref: ChunkRef, count: number, settled?: Uint8Array, begun?: Map<number, number>) {
    this.ref = ref
    this.count = count
    this.settled = settled ?? new Uint8Array((count + 7) >> 3)
    this.begun = begun
    this.live = 0
    for (let index = 0; index < count; index++) if (!this.isSettled(index)) this.live++
  }

  isSettled(index: number): boolean {
    return ((this.settled[index >> 3] as number) & (1 << (index & 7))) !== 0
  }

  settle(index: number): void {
    this.settled[index >> 3] = (this.settled[index >> 3] as number) | (1 << (index & 7))
    this.live--
  }
}
