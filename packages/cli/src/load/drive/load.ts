import { systemClock, type Clock } from 'forebay'
import { checkPlan, type CheckedPlan } from '../plan/check-plan.ts'
import type { LoadPlan } from '../plan/plan.ts'
import { schedule, type Arrival } from '../plan/schedule.ts'
import type { Figures, Latency } from '../measure/tally.ts'
import { resultOf, type LoadResult } from './result.ts'
import { Scene } from './scene.ts'
import type { Transport } from './transport.ts'
import { undiciTransport } from './undici-transport.ts'

/** So much can be lost when the beginning is added and taken off again; to wait for it would be to wait for nothing. */
const ROUNDING_MS = 1e-6

/** What a run needs from outside; everything has a default. */
export interface LoadOptions {
  /** Default the runtime's own. */
  clock?: Clock
  /** Default HTTP/1.1 by undici. */
  transport?: Transport
}

/** How a run stands. */
export interface LoadStatus {
  /** Ms since the first phase began; below 0 while it warms up. */
  readonly elapsedMs: number
  readonly totalMs: number
  /** Name of the phase; absent before and after. */
  readonly phase: string | undefined
  readonly inFlight: number
  readonly figures: Figures
  /** Of what has ended since this was last asked. */
  readonly recent: Latency | undefined
}

/**
 * Plays a plan: sends each request at its scheduled instant, however slowly the service answers, and counts latency
 * from that instant. What this client cannot send in time because it has no connection left is counted as
 * `saturated`; nothing waits in it unseen.
 *
 * Throws `RangeError` or `TypeError`, naming the option, when the plan cannot be played.
 *
 * @example
 * const { done } = load({ url: 'http://127.0.0.1:8080/', phases: [{ for: '10s', rate: '500/s' }] })
 * const { total } = await done
 * console.log(total.okShare, total.latency?.p99)
 */
export function load(plan: LoadPlan, options: LoadOptions = {}): LoadRun {
  return new LoadRun(checkPlan(plan), options)
}

/** A plan that is being played. */
export class LoadRun {
  readonly done: Promise<LoadResult>
  readonly #plan: CheckedPlan
  readonly #scene: Scene
  readonly #transport: Transport
  readonly #arrivals: Iterator<Arrival, void>
  #next: Arrival | undefined
  #stopTimer: () => void = () => {}
  /** When `stop` was called, on the axis of the phases. */
  #stoppedAt: number | undefined
  #isOver = false
  #settle: (result: PromiseLike<LoadResult>) => void = () => {}

  constructor(plan: CheckedPlan, options: LoadOptions) {
    const { clock = systemClock, transport } = options
    this.#plan = plan
    this.#transport = transport ?? undiciTransport(plan.connections, plan.timeoutMs)
    this.#scene = new Scene(plan, this.#transport, clock, () => this.#checkDone())
    this.#arrivals = schedule(plan)
    this.done = new Promise((resolve) => (this.#settle = resolve))
    this.#advance()
    this.#wait()
  }

  /** Sends nothing new; what is in flight may take `withinMs` to end, and is cut off then. `done` has a result either way. */
  stop(withinMs: number = Infinity): void {
    this.#stoppedAt ??= Math.max(0, this.#scene.now())
    this.#next = undefined
    this.#stopTimer()
    if (withinMs <= 0) this.#scene.cut()
    else if (withinMs !== Infinity) this.#stopTimer = this.#scene.after(withinMs, () => this.#scene.cut())
    this.#checkDone()
  }

  inspect(): LoadStatus {
    const { stretches } = this.#plan
    const elapsedMs = this.#scene.now()
    return {
      elapsedMs,
      totalMs: stretches.at(-1)?.to ?? 0,
      phase: stretches.find(({ from, to }) => elapsedMs >= from && elapsedMs < to)?.name,
      inFlight: this.#scene.inFlight,
      figures: this.#scene.recorder.all.figures(Math.max(0, elapsedMs) / 1000),
      recent: this.#scene.recorder.takeRecent(),
    }
  }

  #advance(): void {
    this.#next = this.#arrivals.next().value ?? undefined
  }

  /** Sends all that is due, and waits for the next: one timer, however many are due at once. */
  #wait(): void {
    while (this.#next !== undefined && this.#next.at <= this.#scene.now() + ROUNDING_MS) {
      const arrival = this.#next
      this.#advance()
      this.#scene.begin(arrival)
    }
    if (this.#next === undefined) return this.#checkDone()
    this.#stopTimer = this.#scene.after(this.#next.at - this.#scene.now(), () => this.#wait())
  }

  #checkDone(): void {
    if (this.#isOver || this.#next !== undefined || this.#scene.inFlight > 0) return
    this.#isOver = true
    this.#stopTimer()
    const result = resultOf(this.#plan, this.#scene, this.#stoppedAt)
    this.#settle(this.#transport.close().then(() => result))
  }
}
