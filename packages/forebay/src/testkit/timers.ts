import { MinHeap } from '../kernel/min-heap.ts'

export interface Timer {
  readonly at: number
  readonly order: number
  readonly callback: () => void
}

/** The timers of one instant, in the order in which they were set. */
interface Instant {
  readonly at: number
  readonly timers: Set<Timer>
}

/** Timers by when they are due; those of one instant in the order in which they were set. */
export class Timers {
  /** Times with a set of timers, which may be empty by now. */
  readonly #instants = new MinHeap<Instant>(({ at }) => at)
  readonly #byTime = new Map<number, Instant>()
  #order = 0
  #count = 0

  get count(): number {
    return this.#count
  }

  /** Sets one; the function unsets it. */
  set(at: number, callback: () => void): () => void {
    const timer = { at, order: this.#order++, callback }
    this.#at(at).timers.add(timer)
    this.#count++
    return () => this.delete(timer)
  }

  delete(timer: Timer): void {
    if (this.#byTime.get(timer.at)?.timers.delete(timer) === true) this.#count--
  }

  first(): Timer | undefined {
    for (let instant = this.#instants.peek(); instant !== undefined; instant = this.#instants.peek()) {
      const [timer] = instant.timers
      if (timer !== undefined) return timer
      this.#instants.pop()
      this.#byTime.delete(instant.at)
    }
    return undefined
  }

  /** All that are due by `time`, in the order in which they were set. */
  due(time: number): Timer[] {
    const instants = this.#instants.values().filter(({ at }) => at <= time)
    return instants.flatMap(({ timers }) => [...timers]).toSorted((a, b) => a.order - b.order)
  }

  #at(at: number): Instant {
    const known = this.#byTime.get(at)
    if (known !== undefined) return known
    const instant = { at, timers: new Set<Timer>() }
    this.#byTime.set(at, instant)
    this.#instants.push(instant)
    return instant
  }
}
