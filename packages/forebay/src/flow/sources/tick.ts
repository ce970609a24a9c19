import { milliseconds, type Duration } from '../../kernel/duration.ts'
import type { SourceNode } from '../../kernel/plan.ts'
import type { Port, Pull } from '../../kernel/receiver.ts'
import type { RunEnvironment } from '../../kernel/run-environment.ts'
import type { StageAccount } from '../../kernel/stage-account.ts'
import { Flow } from '../flow.ts'
import { withSite } from '../sites.ts'
import { loseRecords } from './lose-records.ts'

/** When {@link tick} begins. */
export interface TickOptions {
  /** Time from the first demand to the first tick; default the interval. */
  initial?: Duration
}

/**
 * The number of each tick of a clock, from 0, every `interval` from the first demand on, without drift. A tick that
 * comes while nothing is wanted is dropped, not sent later, and its number is missing.
 *
 * Emits: when a tick is due and downstream wants it. Backpressures: never. Completes: never. Cancels: when downstream
 * cancels. Loses: ticks that nobody wants, with the reason `missed`.
 */
export function tick(interval: Duration, options: TickOptions = {}): Flow<number> {
  const every = milliseconds('tick', interval)
  if (every === 0) throw new RangeError('tick: expected an interval above 0 ms, got 0')
  const initial = options.initial === undefined ? every : milliseconds('initial', options.initial)
  const create: SourceNode['create'] = (env, stage) => new TickPull(every, initial, env, stage)
  return new Flow<number>(withSite<SourceNode>({ type: 'source', name: 'tick', create }))
}

/** A timer that rings a fraction of a millisecond early is on time. */
const EARLY_MS = 0.5

/** A timer is set only while a tick is wanted: ticks that nobody wants are counted when the next one is. */
class TickPull implements Pull {
  readonly #every: number
  readonly #initial: number
  readonly #env: RunEnvironment
  readonly #stage: StageAccount
  /** When the first tick is due, on the run's clock. */
  #first: number | undefined
  /** Ticks that have been sent or missed. */
  #over = 0
  #stop: (() => void) | undefined
  #isDue = false
  #port: Port | undefined

  constructor(every: number, initial: number, env: RunEnvironment, stage: StageAccount) {
    this.#every = every
    this.#initial = initial
    this.#env = env
    this.#stage = stage
  }

  bind(port: Port): void {
    this.#port = port
  }

  run(port: Port): void {
    const now = this.#env.clock.now()
    const isWanted = port.n > 0
    if (this.#isDue) {
      this.#isDue = false
      // Its demand may have been taken back in the meantime.
      if (!isWanted) return this.#miss(this.#over + 1)
      port.step(this.#over++, undefined)
      port.tick(1)
    } else if (this.#first !== undefined && this.#stop === undefined) this.#miss(this.#dueAt(now))
    if (port.n <= 0) return
    this.#first ??= now + this.#initial
    this.#set(now)
  }

  cancel(): void {
    this.#stop?.()
    this.#stop = undefined
  }

  pulled(): number {
    return this.#over
  }

  /** Ticks that have been due by now, sent or not. */
  #dueAt(now: number): number {
    return Math.floor((now - (this.#first as number) + EARLY_MS) / this.#every) + 1
  }

  /** The ticks before the `next` one that have not been sent are gone. */
  #miss(next: number): void {
    if (next <= this.#over) return
    loseRecords(this.#env, this.#stage, 'missed', next - this.#over)
    this.#over = next
  }

  #set(now: number): void {
    if (this.#stop !== undefined) return
    const { clock } = this.#env
    const due = (this.#first as number) + this.#over * this.#every
    this.#stop = clock.after(Math.max(0, due - now), () => {
      this.#stop = undefined
      const port = this.#port as Port
      const isWanted = port.n > 0
      // A late timer has missed ticks of its own; the last of them is on time enough, if it is wanted.
      this.#miss(this.#dueAt(clock.now()) - (isWanted ? 1 : 0))
      if (!isWanted) return
      this.#isDue = true
      port.wake()
    })
  }
}
