import { RingBuffer } from '../../kernel/ring-buffer.ts'

const OPEN = 0
const ACCEPTED = 1
const REFUSED = 2

/**
 * How many of the records handed out, counted from the first, have been accepted without a gap. That is the
 * number a client may be told, because it can go on from there, in whatever order the records settle.
 *
 *   handed out   a a a . a a r . .      a accepted, r refused, . still open
 *   prefix       3                      held from here on: at most `window` records
 */
export class SettledPrefix {
  readonly #ring: RingBuffer<number>
  #prefix = 0
  #open = 0

  constructor(window: number) {
    this.#ring = new RingBuffer(window)
  }

  get prefix(): number {
    return this.#prefix
  }

  /** Records handed out and not settled. */
  get open(): number {
    return this.#open
  }

  /** Whether one more record may be handed out. */
  get isFull(): boolean {
    return this.#ring.isFull
  }

  /** Hands out the next record and gives its index. */
  add(): number {
    this.#ring.push(OPEN)
    this.#open++
    return this.#prefix + this.#ring.length - 1
  }

  settle(index: number, accepted: boolean): void {
    this.#open--
    this.#ring.replace(index - this.#prefix, accepted ? ACCEPTED : REFUSED)
    while (this.#ring.length > 0 && this.#ring.at(0) === ACCEPTED) {
      this.#ring.shift()
      this.#prefix++
    }
  }
}
