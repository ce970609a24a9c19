import type { Clock } from '../../packages/forebay/src/kernel/clock.ts'

/** Something that happens at a time, ms from the beginning. */
export interface SimEvent {
  at: number
  happen(): void
}

/** The time of a simulated world, and everything that will happen in it. Each machine reads it from a {@link Watch}. */
export class EventClock {
  now = 0
  /** A binary heap, the earliest first; without a function for the rank, which is a third of the cost here. */
  readonly #heap: SimEvent[] = []

  add(event: SimEvent): void {
    const heap = this.#heap
    const { at } = event
    let index = heap.push(event) - 1
    while (index > 0) {
      const parent = (index - 1) >> 1
      const above = heap[parent] as SimEvent
      if (above.at <= at) break
      heap[index] = above
      index = parent
    }
    heap[index] = event
  }

  /** Lets the next thing happen, unless that is after `end`. False when nothing is left to happen until then. */
  step(end: number): boolean {
    const next = this.#heap[0]
    if (next === undefined || next.at > end) return false
    const last = this.#heap.pop() as SimEvent
    if (this.#heap.length > 0) this.#sink(last)
    if (next.at > this.now) this.now = next.at
    next.happen()
    return true
  }

  #sink(event: SimEvent): void {
    const heap = this.#heap
    let index = 0
    for (;;) {
      let child = 2 * index + 1
      if (child >= heap.length) break
      if (child + 1 < heap.length && (heap[child + 1] as SimEvent).at < (heap[child] as SimEvent).at) child++
      const below = heap[child] as SimEvent
      if (below.at >= event.at) break
      heap[index] = below
      index = child
    }
    heap[index] = event
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
