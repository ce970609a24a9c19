import type { ChunkRef } from './chunk.ts'
import type { Message } from './message.ts'
import { MinHeap } from '../kernel/min-heap.ts'

/**
 * The head of one lane of ready messages: what of it is in memory, and how far its journal has been read.
 *
 *      front (returned, unparked, due)  fresh (as read)  |  after → chunks still in the journal
 */
export class Lane {
  readonly id: number
  readonly level: number
  /** Taken before `fresh`, lowest number first: these have been in line before. */
  readonly front: MinHeap<Message> = new MinHeap<Message>((message) => message.stored.seq)
  #fresh: Message[] = []
  #freshHead = 0
  /** The last chunk read. */
  after: ChunkRef | undefined
  /** Whether the journal holds chunks after `after`. */
  behind = false
  loading = false
  /** Resolves when the chunk that is being read is there. */
  reading: Promise<void> = Promise.resolve()
  /** Its turn is booked. */
  inTurn = false

  constructor(id: number, level: number) {
    this.id = id
    this.level = level
  }

  get ready(): number {
    return this.front.length + this.#fresh.length - this.#freshHead
  }

  push(message: Message): void {
    this.#fresh.push(message)
  }

  peek(): Message | undefined {
    return this.front.peek() ?? this.#fresh[this.#freshHead]
  }

  take(): Message | undefined {
    if (this.front.length > 0) return this.front.pop()
    if (this.#freshHead === this.#fresh.length) return undefined
    const message = this.#fresh[this.#freshHead] as Message
    this.#freshHead++
    // The taken part is cut off when it is the larger part, so each message is moved once at most.
    if (this.#freshHead > 512 && this.#freshHead * 2 > this.#fresh.length) {
      this.#fresh = this.#fresh.slice(this.#freshHead)
      this.#freshHead = 0
    } else if (this.#freshHead === this.#fresh.length) {
      this.#fresh.length = 0
      this.#freshHead = 0
    }
    return message
  }
}
