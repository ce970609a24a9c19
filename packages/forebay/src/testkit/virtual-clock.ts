import { systemClock, type Clock } from '../kernel/clock.ts'
import { Timers, type Timer } from './timers.ts'

/**
 * A clock that moves only when it is told to. Timers that are due at the same instant run in the order
 * in which they were set; `yield` is a timer of 0 ms; `frame` comes every 16 ms.
 */
export class VirtualClock implements Clock {
  #now = 0
  #wallOffset: number
  readonly #timers = new Timers()
  readonly exact = true
  /** What every reading of `now` costs, ms; default 0. With a cost, a flow uses up its turns and yields as it does in real time. */
  readMs = 0
  /** Which of several timers that are due together goes first, from 0; default the one that was set first. */
  choose: ((count: number) => number) | undefined
  /** Told before every timer. */
  onFire: (() => void) | undefined

  /** `wall` is the Unix time in ms at which the clock starts; default 2026-01-01. */
  constructor(wall = 1_767_225_600_000) {
    this.#wallOffset = wall
  }

  now(): number {
    return (this.#now += this.readMs)
  }

  wall(): number {
    return this.#now + this.#wallOffset
  }

  /** Moves the wall clock alone, as an operator or NTP does. */
  jumpWall(ms: number): void {
    this.#wallOffset += ms
  }

  after(ms: number, callback: () => void): () => void {
    return this.#timers.set(this.#now + (Math.max(0, ms) || 0), callback)
  }

  yield(callback: () => void): void {
    this.after(0, callback)
  }

  frame(callback: () => void): () => void {
    return this.after(16 - (this.#now % 16), callback)
  }

  /** Timers that wait. */
  get pending(): number {
    return this.#timers.count
  }

  /** When the next timer is due, or `undefined` when none waits. */
  get nextAt(): number | undefined {
    return this.#timers.first()?.at
  }

  /** Jumps to the next timer and runs it. False when none waits. */
  step(): boolean {
    const timer = this.#next()
    if (timer === undefined) return false
    this.#fire(timer)
    return true
  }

  /** Moves time by `ms`, running every timer that falls due, without letting promises settle in between. */
  advanceSync(ms: number): void {
    const end = this.#now + ms
    for (let timer = this.#next(); timer !== undefined && timer.at <= end; timer = this.#next()) this.#fire(timer)
    this.#now = Math.max(this.#now, end)
  }

  /** Moves time by `ms`, running every timer that falls due; promises settle before each timer and at the end. */
  async advance(ms: number): Promise<void> {
    const end = this.#now + ms
    await settled()
    for (let timer = this.#next(); timer !== undefined && timer.at <= end; timer = this.#next()) {
      this.#fire(timer)
      await settled()
    }
    this.#now = Math.max(this.#now, end)
  }

  #fire(timer: Timer): void {
    this.onFire?.()
    this.#timers.delete(timer)
    this.#now = Math.max(this.#now, timer.at)
    timer.callback()
  }

  #next(): Timer | undefined {
    const first = this.#timers.first()
    if (first === undefined || this.choose === undefined) return first
    const due = this.#timers.due(Math.max(first.at, this.#now))
    return due[this.choose(due.length)] ?? first
  }
}

/** Lets every promise that can settle do so: a real turn of the event loop, taken outside virtual time. */
export function settled(): Promise<void> {
  return new Promise((resolve) => systemClock.yield(resolve))
}
