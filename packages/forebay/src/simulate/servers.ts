import type { Clock } from '../kernel/clock.ts'
import { milliseconds } from '../kernel/duration.ts'
import { seededRandom, type Random } from '../kernel/random.ts'
import type { Job } from './job.ts'
import type { Stretch, Work } from './workload.ts'

interface Waiting<T> {
  readonly job: Job<T>
  readonly resolve: (job: Job<T>) => void
  readonly reject: (error: unknown) => void
  /** Stops listening for whoever gives up. */
  readonly begin: () => void
}

/**
 * Servers behind a line. A job takes the same time under every strategy, so that strategies differ by what they do and
 * not by their luck. Who gives up waiting leaves the line; what has been begun is done to its end, wanted or not.
 */
export class Servers<T> {
  /** Time that servers have worked, ms. */
  busyMs = 0
  #free: number
  readonly #line = new Set<Waiting<T>>()
  readonly #clock: Clock
  readonly #work: Work<T>
  readonly #stretches: readonly Stretch[]
  readonly #seed: number

  constructor(clock: Clock, work: Work<T>, stretches: readonly Stretch[], seed: number) {
    this.#clock = clock
    this.#work = work
    this.#stretches = stretches
    this.#seed = seed
    this.#free = work.servers ?? 1
  }

  ask(job: Job<T>, signal?: AbortSignal): Promise<Job<T>> {
    return new Promise((resolve, reject) => {
      if (signal?.aborted === true) return reject(signal.reason)
      const waiting: Waiting<T> = { job, resolve, reject, begin: () => signal?.removeEventListener('abort', leave) }
      const leave = (): void => {
        if (this.#line.delete(waiting)) reject(signal?.reason)
      }
      signal?.addEventListener('abort', leave, { once: true })
      this.#line.add(waiting)
      this.#next()
    })
  }

  #next(): void {
    const [next] = this.#line
    if (next === undefined || this.#free === 0) return
    this.#line.delete(next)
    const { job, resolve, reject, begin } = next
    begin()
    const random = seededRandom(this.#seed + Math.imul(job.index + 1, 0x9e3779b1))
    const fails = random.next() < (this.#work.failing ?? 0)
    const ms = this.#time(job.value, random) * this.#slowness()
    if (!(ms >= 0 && ms < Infinity)) return reject(new RangeError(`work: a job takes a time ≥ 0 in ms, got ${ms}`))
    this.#free--
    this.#clock.after(ms, () => {
      this.busyMs += ms
      this.#free++
      if (fails) reject(new Error(`job ${job.index} failed`))
      else resolve(job)
      this.#next()
    })
  }

  #time(value: T, random: Random): number {
    const { time, spread = 0.5 } = this.#work
    if (typeof time === 'function') return time(value, random)
    const mean = milliseconds('work.time', time)
    if (spread === 0) return mean
    const variance = Math.log(1 + spread ** 2)
    return mean * Math.exp(Math.sqrt(variance) * normal(random) - variance / 2)
  }

  #slowness(): number {
    const now = this.#clock.now()
    const phase = this.#stretches.find(({ to }) => now < to)
    return (phase?.slow ?? 1) * (this.#work.crowding?.(this.#line.size) ?? 1)
  }
}

/** Standard normal, by the transform of Box and Muller (1958). */
function normal(random: Random): number {
  return Math.sqrt(-2 * Math.log(1 - random.next())) * Math.cos(2 * Math.PI * random.next())
}
