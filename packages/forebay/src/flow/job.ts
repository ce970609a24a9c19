import { ForebayError, isForebayError } from '../kernel/errors.ts'
import type { Ask, Permit } from '../kernel/gate.ts'
import type { Shed } from '../kernel/shed.ts'
import { BUSY, GATED, STARVED, type SlotState } from '../kernel/stage-account.ts'
import { isThenable } from './is-thenable.ts'
import type { JobHost } from './job-host.ts'
import { WorkSignal } from './work-signal.ts'

/** One synchronous part in so many is timed, for the share of the event loop. */
const CPU_SAMPLE = 16
/** How long a refused job waits before it asks its gate again, ms. */
const MAX_ASK_AGAIN_MS = 1000

/**
 * One piece of work on its way: permit, attempt, timeout, retry. Lives in a slot of its stage and is used
 * again; its callbacks are bound once, so an item costs no closure.
 *
 *   ask gate ─▶ (gated) ─▶ attempt ─▶ result
 *      ▲                      │ error
 *      └──── backoff ◀────────┘
 */
export class Job {
  state: SlotState = STARVED
  startedAt = 0
  #attempt = 0
  #ask: Ask | undefined
  #permit: Permit | undefined
  #signal: WorkSignal | undefined
  /** Takes it out of a gate's line. One per slot: listeners of a shared one would grow with the slots. */
  #line: AbortController | undefined
  #stopWaiting: (() => void) | undefined
  #stopTimeout: (() => void) | undefined
  #over = true
  /** Attempts that have timed out and still run. */
  #zombies = 0
  #freed = true
  #calls = 0
  readonly #host: JobHost<this>
  readonly #shared: WorkSignal
  readonly #ok = (value: unknown): void => this.#succeed(value)
  readonly #bad = (error: unknown): void => this.#fail(error)

  /** `shared` is the signal of all first attempts without a timeout. */
  constructor(host: JobHost<any>, shared: WorkSignal) {
    this.#host = host
    this.#shared = shared
  }

  /** Aborts when the stage gives the item up; for the ask at a gate. */
  get givenUp(): AbortSignal {
    return (this.#line ??= new AbortController()).signal
  }

  start(): void {
    this.#over = false
    this.#freed = false
    this.#attempt = 1
    this.startedAt = this.#host.env.meter.t
    try {
      if (this.#host.work.gate !== undefined) this.#ask = this.#host.ask(this)
    } catch (error) {
      this.#giveUp(error)
      return
    }
    this.#enter()
  }

  /** The stage gives the item up: nothing of this job is reported any more, but running work keeps its slot. */
  abandon(reason: unknown): void {
    if (this.#over) return
    this.#over = true
    const waited = this.#stopWaiting
    this.#stopWaiting = undefined
    waited?.()
    this.#stopTimeout?.()
    this.#line?.abort(reason)
    this.#signal?.abort(reason)
    if (waited !== undefined) this.#free()
  }

  to(state: SlotState): void {
    if (this.state === state) return
    this.#host.stage.move(this.state, state)
    this.state = state
  }

  #enter(): void {
    const gate = this.#host.work.gate
    if (gate === undefined) {
      this.to(BUSY)
      this.#run()
      return
    }
    let got: Permit | Promise<Permit>
    try {
      got = gate.acquire(this.#ask)
    } catch (error) {
      this.#refused(error)
      return
    }
    if (!isThenable(got)) {
      this.#admitted(got)
      return
    }
    this.to(GATED)
    got.then(
      (permit) => this.#admitted(permit as Permit),
      (error: unknown) => this.#refused(error),
    )
  }

  #admitted(permit: Permit): void {
    if (this.#over) {
      permit.settle(0)
      permit.release('ignore')
      this.#free()
      return
    }
    this.#permit = permit
    this.to(BUSY)
    this.#run()
  }

  /** A shed item of a flow is not lost, it waits: that is what holds its producer back. */
  #refused(error: unknown): void {
    if (this.#over) {
      this.#free()
      return
    }
    const host = this.#host
    if (!isForebayError(error, 'FOREBAY_SHED') || (error as Shed).reason === 'closed') {
      this.#fail(error)
      return
    }
    const { reason, retryAfterMs } = error as Shed
    if (reason === 'open' && host.fallback !== undefined) {
      this.#fallBack(error)
      return
    }
    this.to(GATED)
    const wait = Math.min(MAX_ASK_AGAIN_MS, Math.max(1, retryAfterMs || 20))
    this.#waitFor((wake) => {
      const stopTimer = host.env.clock.after(wait, wake)
      const stopListening = host.work.gate?.onCredit(wake)
      return () => {
        stopTimer()
        stopListening?.()
      }
    })
  }

  /** Waits, gated, and then asks again. */
  #waitFor(subscribe: (wake: () => void) => () => void): void {
    let woken = false
    const stop = subscribe(() => {
      if (woken) return
      woken = true
      this.#stopWaiting?.()
      this.#stopWaiting = undefined
      if (!this.#over) this.#enter()
    })
    if (woken) stop()
    else this.#stopWaiting = stop
  }

  #run(): void {
    const { env, stage, work } = this.#host
    const timed = work.timeoutMs !== Infinity
    const signal = timed || this.#attempt > 1 ? new WorkSignal(this.#attempt) : this.#shared
    this.#signal = timed || this.#attempt > 1 ? signal : undefined
    const sample = env.accounting && this.#calls++ % CPU_SAMPLE === 0
    const before = sample ? env.clock.now() : 0
    let result: unknown
    try {
      result = this.#host.call(this, signal)
    } catch (error) {
      this.#fail(error)
      return
    } finally {
      if (sample) stage.cpuMs += (env.clock.now() - before) * CPU_SAMPLE
    }
    if (!isThenable(result)) this.#succeed(result)
    else if (timed) this.#race(result, signal)
    else result.then(this.#ok, this.#bad)
  }

  /** Whatever comes first decides the attempt; the permit and the slot are held until the work has ended. */
  #race(result: PromiseLike<unknown>, signal: WorkSignal): void {
    const { env, work } = this.#host
    const permit = this.#permit
    this.#permit = undefined
    let open = true
    const stop = (this.#stopTimeout = env.clock.after(work.timeoutMs, () => {
      open = false
      const error = new ForebayError('FOREBAY_TIMEOUT', `${work.name}: no answer within ${work.timeoutMs} ms`, {
        retryable: true,
      })
      signal.abort(error)
      this.#zombies++
      permit?.abandon?.('fail')
      this.#fail(error)
    }))
    const ended = (ok: boolean, value: unknown): void => {
      stop()
      if (open) {
        this.#permit = permit
        if (ok) this.#succeed(value)
        else this.#fail(value)
        return
      }
      this.#zombies--
      permit?.release('fail')
      this.#free()
    }
    result.then(
      (value) => ended(true, value),
      (error: unknown) => ended(false, error),
    )
  }

  #succeed(value: unknown): void {
    this.#release('ok')
    if (!this.#over) {
      this.#over = true
      this.#host.work.budget?.earn()
      this.#host.stage.served(this.#host.env.meter.t - this.startedAt)
      this.#host.succeeded(this, value)
    }
    this.#free()
  }

  #fail(error: unknown): void {
    this.#release('fail')
    if (this.#over) {
      this.#free()
      return
    }
    try {
      if (this.#triesAgain(error)) return
    } catch (second) {
      this.#giveUp(second)
      return
    }
    if (this.#host.fallback !== undefined) {
      this.#fallBack(error)
      return
    }
    this.#giveUp(error)
  }

  /** Whether there is another attempt; then it comes after its wait. */
  #triesAgain(error: unknown): boolean {
    const { work, env, stage } = this.#host
    if (this.#attempt > work.retries || !work.isRetryable(error) || work.budget?.take() === false) return false
    const wait = work.backoff(this.#attempt, env.random.next())
    this.#attempt++
    stage.retried++
    this.to(GATED)
    this.#waitFor((wake) => env.clock.after(wait, wake))
    return true
  }

  #fallBack(error: unknown): void {
    let value: unknown
    try {
      value = this.#host.fallback?.(this, error)
    } catch (second) {
      this.#giveUp(second)
      return
    }
    this.#over = true
    this.#host.succeeded(this, value)
    this.#free()
  }

  #giveUp(error: unknown): void {
    this.#over = true
    this.#host.failed(this, error)
    this.#free()
  }

  /** The slot is free once the job is over and nothing of it runs any more. */
  #free(): void {
    if (!this.#over || this.#zombies > 0 || this.#freed) return
    this.#freed = true
    this.#host.released(this)
  }

  #release(outcome: 'ok' | 'fail'): void {
    const permit = this.#permit
    this.#permit = undefined
    permit?.release(outcome)
  }
}
