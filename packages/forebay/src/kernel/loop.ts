import type { Clock } from './clock.ts'
import { RingBuffer } from './ring-buffer.ts'

/** Something the loop runs. `go` never throws. `queued` belongs to the loop. */
export interface Task {
  queued: boolean
  go(): void
}

/** How long one turn of a run may hold the event loop before I/O and timers get theirs, ms. */
const SLICE_MS = 1.25
const MAX_ITEMS_BETWEEN_CLOCK_READS = 2048
const settled = Promise.resolve()

/**
 * The trampoline of one run. Whoever has work asks to be scheduled; nobody calls anybody else's `go`.
 * So a signal never nests inside another one (Reactive Streams §3.3), the stack stays flat for any
 * number of items, and one place decides when to let the rest of the process run.
 *
 * Budget: `left` counts *source* items, so that a filter which rejects everything yields as well.
 */
export class Loop {
  /** Items that may still be handled before {@link check} reads the clock. Source loops count it down. */
  left = 8
  /** The longest wait for a turn of the event loop that this run asked for, ms. */
  maxDelayMs = 0
  #every = 8
  #turnStart: number
  #lastCheck: number
  #draining = false
  /** True until {@link start}, and while another turn of the event loop is awaited: tasks are only queued. */
  #yielding = true
  #over = false
  /** Bounded by the number of tasks of the run: each is queued at most once. */
  readonly #tasks = new RingBuffer<Task>(2 ** 24)
  readonly #clock: Clock
  readonly #resume = (): void => {
    this.#yielding = false
    const now = this.#clock.now()
    this.maxDelayMs = Math.max(this.maxDelayMs, now - this.#lastCheck)
    this.#turnStart = this.#lastCheck = now
    if (this.#draining) return
    this.#draining = true
    this.#drain()
  }

  /** Tasks wait for the promises that have settled with the one that scheduled them. */
  #isGathering = false
  readonly #gathered = (): void => {
    this.#isGathering = false
    if (this.#draining || this.#yielding) return
    this.#draining = true
    this.#drain()
  }

  constructor(clock: Clock) {
    this.#clock = clock
    this.#turnStart = this.#lastCheck = clock.now()
  }

  /** Runs what was scheduled so far, and from now on everything at once. */
  start(): void {
    this.#resume()
  }

  schedule(task: Task): void {
    if (task.queued) return
    if (this.#draining || this.#yielding || this.#over) {
      task.queued = true
      this.#tasks.push(task)
      if (this.#over && !this.#draining && !this.#yielding) this.#endTurn()
      return
    }
    this.#draining = true
    task.go()
    if (--this.left <= 0) this.check()
    this.#drain()
  }

  /**
   * Like {@link schedule}, for what a promise has set free: promises that settle together are told one after the
   * other, and what they schedule is run once, when all of them had their turn.
   */
  scheduleSoon(task: Task): void {
    if (this.#draining || this.#yielding || this.#over) {
      this.schedule(task)
      return
    }
    if (task.queued) return
    task.queued = true
    this.#tasks.push(task)
    if (this.#isGathering) return
    this.#isGathering = true
    void settled.then(this.#gathered)
  }

  /** One item handled outside of any task: false when it must be left to a task, because the turn is over or others wait. */
  spend(): boolean {
    if (this.#draining || this.#yielding) return false
    return --this.left > 0 || this.check()
  }

  /** Reads the clock; false means that the turn is over: return now, the loop comes back to you if you are scheduled. */
  check(): boolean {
    const now = this.#clock.now()
    const passed = now - this.#lastCheck
    this.#lastCheck = now
    if (passed < SLICE_MS / 8) this.#every = Math.min(MAX_ITEMS_BETWEEN_CLOCK_READS, this.#every * 2)
    else if (passed > SLICE_MS / 2) this.#every = Math.max(1, this.#every >> 2)
    this.left = this.#every
    if (now - this.#turnStart < SLICE_MS) return true
    this.#over = true
    return false
  }

  #drain(): void {
    const tasks = this.#tasks
    while (tasks.length > 0 && !this.#over) {
      const task = tasks.shift()
      task.queued = false
      task.go()
      if (--this.left <= 0) this.check()
    }
    this.#draining = false
    if (this.#over) this.#endTurn()
  }

  /** With nothing left to do as well: promises that settle one after the other would never let anybody else in. */
  #endTurn(): void {
    this.#over = false
    this.#yielding = true
    this.#clock.yield(this.#resume)
  }
}
