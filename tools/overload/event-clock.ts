import type { Clock } from '../../packages/forebay/src/kernel/clock.ts'

/** Something that happens at a time, ms from the beginning. */
export interface SimEvent {
  at: number
  happen(): void
}

/**
 * The time of a simulated world, and everything that will happen in it. Each machine reads it from a {@link Watch}.
 *
 * A binary heap, the earliest first. Its times lie apart, so that comparing them touches no event; and the place of what
 * happens now stays free until something is added, which is nearly always what it leads to: one way down the heap in
 * place of one down and one up.
 */
export class EventClock {
  now = 0
  #times = new Float64Array(64)
  readonly #events: (SimEvent | undefined)[] = []
  #isFirstFree = false

  add(event: SimEvent): void {
    const { at } = event
    if (this.#isFirstFree) return this.#sink(event, at)
    const events = this.#events
    let index = events.push(event) - 1
    if (index === this.#times.length) this.#grow()
    const times = this.#times
    while (index > 0) {
      const parent = (index - 1) >> 1
      const above = times[parent] as number
      if (above <= at) break
      times[index] = above
      events[index] = events[parent]
      index = parent
    }
    times[index] = at
    events[index] = event
  }

  /** Lets the next thing happen, unless that is after `end`. False when nothing is left to happen until then. */
  step(end: number): boolean {
    if (this.#isFirstFree) this.#close()
    const next = this.#events[0]
    const at = this.#times[0] as number
    if (next === undefined || at > end) return false
    if (at > this.now) this.now = at
    this.#isFirstFree = true
    next.happen()
    return true
  }

  /** Fills the free place with the last. */
  #close(): void {
    const last = this.#events.pop()
    const { length } = this.#events
    this.#isFirstFree = false
    if (length > 0) this.#sink(last, this.#times[length] as number)
  }

  /** Puts `event` where it belongs, beginning at the first place, which is free. */
  #sink(event: SimEvent | undefined, at: number): void {
    const times = this.#times
    const events = this.#events
    const { length } = events
    this.#isFirstFree = false
    let index = 0
    for (;;) {
      let child = 2 * index + 1
      if (child >= length) break
      if (child + 1 < length && (times[child + 1] as number) < (times[child] as number)) child++
      const below = times[child] as number
      if (below >= at) break
      times[index] = below
      events[index] = events[child]
      index = child
    }
    times[index] = at
    events[index] = event
  }

  #grow(): void {
    const times = new Float64Array(2 * this.#times.length)
    times.set(this.#times)
    this.#times = times
  }
}

/** It stays where it is when nobody wants it any more: to take it out would cost more than to let it pass. */
class Timer implements SimEvent {
  readonly at: number
  #callback: (() => void) | undefined

  constructor(at: number, callback: () => void) {
    this.at = at
    this.#callback = callback
  }

  happen(): void {
    this.#callback?.()
  }

  cancel(): void {
    this.#callback = undefined
  }
}

/** 2026-01-01: simulations begin at a full minute, and so do dips by the wall clock. */
const startedAt = 1_767_225_600_000

/** The clock of one machine, whose wall clock is off by `skewMs`. */
export class Watch implements Clock {
  readonly exact = true
  readonly #events: EventClock
  readonly #skewMs: number

  constructor(events: EventClock, skewMs = 0) {
    this.#events = events
    this.#skewMs = skewMs
  }

  now(): number {
    return this.#events.now
  }

  wall(): number {
    return startedAt + this.#events.now + this.#skewMs
  }

  after(ms: number, callback: () => void): () => void {
    const timer = new Timer(this.#events.now + Math.max(0, ms), callback)
    this.#events.add(timer)
    return () => timer.cancel()
  }

  yield(callback: () => void): void {
    this.after(0, callback)
  }

  frame(callback: () => void): () => void {
    return this.after(16, callback)
  }
}
