import { RingBuffer } from '../kernel/ring-buffer.ts'

/**
 * Items in order per key: one of a key may start, the others of that key wait behind it. Bounded by the
 * number of items that its owner holds; a key without items is forgotten.
 */
export class KeyLanes<J> {
  readonly #waiting = new Map<unknown, J[]>()
  protected readonly startable: RingBuffer<J>

  constructor(capacity: number) {
    this.startable = new RingBuffer(capacity)
  }

  enter(key: unknown, job: J): void {
    const lane = this.#waiting.get(key)
    if (lane !== undefined) {
      lane.push(job)
      return
    }
    this.#waiting.set(key, [])
    this.startable.push(job)
  }

  /** The item of `key` that had started is over. */
  leave(key: unknown): void {
    const next = this.#waiting.get(key)?.shift()
    if (next === undefined) this.#waiting.delete(key)
    else this.startable.push(next)
  }

  /** Takes the next item that may start. */
  next(): J | undefined {
    return this.startable.length > 0 ? this.startable.shift() : undefined
  }

  clear(): void {
    this.#waiting.clear()
    while (this.startable.length > 0) this.startable.shift()
  }
}
