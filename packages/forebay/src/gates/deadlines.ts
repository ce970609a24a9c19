import type { Clock } from '../kernel/clock.ts'
import { roundingMs } from './ask.ts'

/** Something that happens at a time, unless it is removed before. */
export interface Due {
  dueAt: number
  /** Owned by {@link Deadlines}: where it stands in the heap, -1 when it does not. */
  heapIndex: number
  expire(): void
}

/** How long a timer that nobody needs any more may stay, ms. */
const lingerMs = 50
const longestTimerMs = 0x7fffffff

/**
 * All waiting that ends at a time, for every gate and call of one clock, on one timer: a binary heap,
 * O(1) for what comes later than the rest, else O(log n), n being what waits right now.
 *
 * A timer for each call is what makes timeouts dear (a microsecond to set and clear one). The first
 * timer set is short, whatever is due: short work comes and goes under it and pays nothing, and a
 * process that has finished is kept alive no longer than that. Only if something still waits when it
 * fires is the next one set to the true time.
 */
export class Deadlines {
  readonly #clock: Clock
  readonly #heap: Due[] = [] // bounded by what waits in bounded lines and runs behind gates
  #timerAt = Infinity
  #timerIsShort = false
  #stop: (() => void) | undefined

  constructor(clock: Clock) {
    this.#clock = clock
  }

  add(due: Due): void {
    this.#settle(due, this.#heap.length)
    if (this.#heap[0] === due && due.dueAt < this.#timerAt) {
      this.#arm(Math.min(due.dueAt, this.#clock.now() + lingerMs), true)
    }
  }

  /** Removes `due`, if it waits. */
  remove(due: Due): void {
    const index = due.heapIndex
    if (index < 0) return
    due.heapIndex = -1
    const last = this.#heap.pop() as Due
    if (last !== due) this.#settle(last, index)
    if (this.#heap.length === 0 && !this.#timerIsShort) this.#disarm()
  }

  /** One function for all timers. */
  readonly #fire = (): void => {
    this.#timerAt = Infinity
    this.#stop = undefined
    const now = this.#clock.now() + roundingMs
    try {
      for (let first = this.#heap[0]; first !== undefined && first.dueAt <= now; first = this.#heap[0]) {
        this.remove(first)
        first.expire()
      }
    } finally {
      const next = this.#heap[0]
      if (next !== undefined && next.dueAt < this.#timerAt) this.#arm(next.dueAt, false)
    }
  }

  #arm(at: number, isShort: boolean): void {
    this.#stop?.()
    this.#timerAt = at
    this.#timerIsShort = isShort
    this.#stop = this.#clock.after(Math.min(longestTimerMs, Math.max(0, at - this.#clock.now())), this.#fire)
  }

  #disarm(): void {
    this.#stop?.()
    this.#stop = undefined
    this.#timerAt = Infinity
  }

  /** Puts `due` where it belongs, beginning at a place that is free. */
  #settle(due: Due, free: number): void {
    let index = free
    while (index > 0) {
      const above = (index - 1) >> 1
      const parent = this.#heap[above] as Due
      if (parent.dueAt <= due.dueAt) break
      this.#place(parent, index)
      index = above
    }
    for (;;) {
      const left = 2 * index + 1
      let child = this.#heap[left]
      const right = this.#heap[left + 1]
      if (child !== undefined && right !== undefined && right.dueAt < child.dueAt) child = right
      if (child === undefined || child.dueAt >= due.dueAt) return this.#place(due, index)
      const below = child.heapIndex
      this.#place(child, index)
      index = below
    }
  }

  #place(due: Due, index: number): void {
    this.#heap[index] = due
    due.heapIndex = index
  }
}

const byClock = new WeakMap<Clock, Deadlines>()

/** The deadlines of `clock`; one for all gates that share it. */
export function deadlinesOf(clock: Clock): Deadlines {
  let deadlines = byClock.get(clock)
  if (deadlines === undefined) byClock.set(clock, (deadlines = new Deadlines(clock)))
  return deadlines
}
