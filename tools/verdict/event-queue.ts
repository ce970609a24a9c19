/** A binary heap of (time, what): the earliest first, and of those at one instant the one added first. Bounded. */
export class EventQueue {
  readonly #at: Float64Array
  readonly #order: Float64Array
  readonly #what: Int32Array
  #added = 0
  length = 0

  constructor(capacity: number) {
    this.#at = new Float64Array(capacity)
    this.#order = new Float64Array(capacity)
    this.#what = new Int32Array(capacity)
  }

  get nextAt(): number {
    return this.length > 0 ? this.#at[0]! : Infinity
  }

  add(at: number, what: number): void {
    if (this.length === this.#at.length) throw new RangeError(`event queue of ${this.length} is full`)
    let hole = this.length++
    while (hole > 0) {
      const parent = (hole - 1) >> 1
      // Equal times keep their order without a look at it: the new event is always the later one.
      if (this.#at[parent]! <= at) break
      this.#move(parent, hole)
      hole = parent
    }
    this.#at[hole] = at
    this.#order[hole] = this.#added++
    this.#what[hole] = what
  }

  /** Takes the earliest; the caller has checked {@link length}. */
  take(): number {
    const first = this.#what[0]!
    const last = --this.length
    const at = this.#at[last]!
    const order = this.#order[last]!
    let hole = 0
    for (let child = 1; child < last; child = 2 * hole + 1) {
      if (child + 1 < last && this.#isBefore(this.#at[child + 1]!, this.#order[child + 1]!, child)) child++
      if (this.#isBefore(at, order, child)) break
      this.#move(child, hole)
      hole = child
    }
    this.#at[hole] = at
    this.#order[hole] = order
    this.#what[hole] = this.#what[last]!
    return first
  }

  #isBefore(at: number, order: number, index: number): boolean {
    return at < this.#at[index]! || (at === this.#at[index]! && order < this.#order[index]!)
  }

  #move(from: number, to: number): void {
    this.#at[to] = this.#at[from]!
    this.#order[to] = this.#order[from]!
    this.#what[to] = this.#what[from]!
  }
}
