import { UNBOUNDED } from './receiver.ts'

/**
 * The credit of one segment. `n` is what may still be spent; the last step of the segment counts it down
 * by itself, because that is the one memory access per item that cannot be saved.
 *
 * Invariant: granted = spent + returned + n (or + parked, while credit is set aside).
 */
export class CreditCell {
  n = 0
  #unbounded = false
  #granted = 0
  #returned = 0
  #parked = -1

  /** Credit set aside, so that a source loop which looks at `n` stops. */
  protected get isParked(): boolean {
    return this.#parked >= 0
  }

  protected park(): void {
    if (this.#parked >= 0) return
    this.#parked = this.n
    this.n = 0
  }

  protected unpark(): void {
    if (this.#parked < 0) return
    this.n = this.#parked
    this.#parked = -1
  }

  protected grant(items: number): void {
    if (items >= UNBOUNDED) this.#unbounded = true
    const before = this.#parked >= 0 ? this.#parked : this.n
    const sum = before + items
    const after = sum < UNBOUNDED ? sum : UNBOUNDED
    this.#granted += after - before
    if (this.#parked >= 0) this.#parked = after
    else this.n = after
  }

  /** One credit was granted and spent at once. */
  protected passed(): void {
    this.#granted++
  }

  /** Credit without end is a large number that is filled up again long before it is spent. */
  protected topUp(): void {
    if (this.#unbounded && this.n < UNBOUNDED >> 1) this.grant(UNBOUNDED)
  }

  /** Takes back what is not spent, and says how much that was. */
  revoke(): number {
    const left = this.#parked >= 0 ? this.#parked : this.n
    if (this.#parked >= 0) this.#parked = 0
    else this.n = 0
    this.#unbounded = false
    this.#returned += left
    return left
  }

  /** What was spent: the items handed on. */
  spent(): number {
    return this.#granted - this.#returned - (this.#parked >= 0 ? this.#parked : this.n)
  }
}
