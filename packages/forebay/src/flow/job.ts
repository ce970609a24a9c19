import { ForebayError, isForebayError } from '../kernel/errors.ts'
import type { Ask, Permit } from '../kernel/gate.ts'
import type { Meter } from '../kernel/meter.ts'
import type { Shed } from '../kernel/shed.ts'
import { BUSY, GATED, STARVED, type SlotState, type StageAccount } from '../kernel/stage-account.ts'
import { askAgain } from './ask-again.ts'
import type { CpuShare } from './cpu-share.ts'
import { isThenable, pending } from '../kernel/is-thenable.ts'
import type { JobHost } from './job-host.ts'
import { race } from './race.ts'
import { WorkSignal } from './work-signal.ts'

// What a job is doing, as small numbers: comparing strings costs a look at each of them.
const FREE = 0 // nothing of it runs, and it has nothing to report
const OPEN = 1 // it has something to report
const OVER = 2 // it has reported or never will, and something of it runs still

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
  /** Of the latest attempt. Used again by the next one, in another item too, as long as nobody has looked at it. */
  #signal = new WorkSignal(1)
  /** Takes it out of a gate's line. One per slot: listeners of a shared one would grow with the slots. */
  #line: AbortController | undefined
  #stopWaiting: (() => void) | undefined
  #stopTimeout: (() => void) | undefined
  #phase: typeof FREE | typeof OPEN | typeof OVER = FREE
  /** Attempts that have timed out and still run. */
  #zombies = 0
  readonly #host: JobHost<this>
  readonly #stage: StageAccount
  readonly #meter: Meter
  readonly #cpu: CpuShare
  readonly #isTimed: boolean
  /** Neither gate nor timeout nor budget: between start and result there is nothing but the work. */
  readonly #isPlain: boolean
  readonly #ok = (value: unknown): void => this.#succeed(value)
  readonly #bad = (error: unknown): void => this.#fail(error)
  readonly #call = (): unknown => this.#host.call(this, this.#signal)

  constructor(host: JobHost<any>) {
    this.#host = host
    this.#stage = host.stage
    this.#meter = host.env.meter
    this.#cpu = host.cpu
    const { gate, timeoutMs, budget } = host.work
    this.#isTimed = timeoutMs !== Infinity
    this.#isPlain = gate === undefined && !this.#isTimed && budget === undefined
  }

  /** Nothing of it runs, and it has nothing to report. */
  get isFree(): boolean {
    return this.#phase === FREE
  }

  /** Aborts when the stage gives the item up; for the ask at a gate. */
  get givenUp(): AbortSignal {
    return (this.#line ??= new AbortController()).signal
  }

  start(): void {
    this.#phase = OPEN
    this.#attempt = 1
    this.startedAt = this.#meter.t
    if (!this.#isPlain) return this.#ready()
    this.#stage.enter()
    this.state = BUSY
    this.work()
  }

  /** The stage gives the item up: nothing of this job is reported any more, but running work keeps its slot. */
  abandon(reason: unknown): void {
    if (this.#phase !== OPEN) return
    this.#phase = OVER
    const waited = this.#stopWaiting
    this.#stopWaiting = undefined
    waited?.()
    this.#stopTimeout?.()
    this.#line?.abort(reason)
    this.#signal.abort(reason)
    if (waited !== undefined) this.#free()
  }

  /** Its slot is free; the stage has caught up. */
  leave(): void {
    this.#stage.leave(this.state)
    this.state = STARVED
  }

  to(state: SlotState): void {
    if (this.state === state) return
    this.#stage.move(this.state, state)
    this.state = state
  }

  #ready(): void {
    try {
      if (this.#host.work.gate !== undefined) this.#ask = this.#host.ask(this)
    } catch (error) {
      return this.#giveUp(error)
    }
    this.#enter()
  }

  #enter(): void {
    const gate = this.#host.work.gate
    if (gate === undefined) {
      this.to(BUSY)
      this.work()
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
    if (this.#phase !== OPEN) {
      permit.settle(0)
      permit.release('ignore')
      return this.#free()
    }
    this.#permit = permit
    this.to(BUSY)
    this.work()
  }

  /** A shed item of a flow is not lost, it waits: that is what holds its producer back. */
  #refused(error: unknown): void {
    if (this.#phase !== OPEN) return this.#free()
    const host = this.#host
    if (!isForebayError(error, 'FOREBAY_SHED') || (error as Shed).reason === 'closed') {
      return this.#fail(error)
    }
    const { reason, retryAfterMs } = error as Shed
    if (reason === 'open' && host.fallback !== undefined) {
      return this.#fallBack(error)
    }
    this.to(GATED)
    this.#waitFor((wake) => askAgain(host.env.clock, host.work.gate, retryAfterMs, wake))
  }

  /** Waits, gated, and then asks again. */
  #waitFor(subscribe: (wake: () => void) => () => void): void {
    let woken = false
    const stop = subscribe(() => {
      if (woken) return
      woken = true
      this.#stopWaiting?.()
      this.#stopWaiting = undefined
      if (this.#phase === OPEN) this.#enter()
    })
    if (woken) stop()
    else this.#stopWaiting = stop
  }

  protected work(): void {
    if (this.#signal.isUsed) this.#signal = new WorkSignal(this.#attempt)
    if (this.#permit !== undefined) this.#signal.target = this.#permit.target
    let result: unknown
    let later: PromiseLike<unknown> | undefined
    try {
      result = this.#cpu.isDue() ? this.#cpu.time(this.#call) : this.#host.call(this, this.#signal)
      later = pending(result)
    } catch (error) {
      return this.#fail(error)
    }
    if (later === undefined) this.#succeed(result)
    else if (this.#isTimed) this.#race(later, this.#signal)
    else later.then(this.#ok, this.#bad)
  }

  /** Whatever comes first decides the attempt; the permit and the slot are held until the work has ended. */
  #race(result: PromiseLike<unknown>, signal: WorkSignal): void {
    const { env, work } = this.#host
    const permit = this.#permit
    this.#permit = undefined
    this.#stopTimeout = race(result, env.clock, work.timeoutMs, {
      inTime: (isOk, value) => {
        this.#permit = permit
        if (isOk) this.#succeed(value)
        else this.#fail(value)
      },
      tooLate: () => {
        const message = `${work.name}: no answer within ${work.timeoutMs} ms`
        const error = new ForebayError('FOREBAY_TIMEOUT', message, { retryable: true })
        signal.abort(error)
        this.#zombies++
        permit?.abandon?.('fail')
        this.#fail(error)
      },
      endedLate: () => {
        this.#zombies--
        permit?.release('fail')
        this.#free()
      },
    })
  }

  #succeed(value: unknown): void {
    if (this.#isPlain && this.#phase === OPEN) this.#phase = FREE
    else {
      this.#release('ok')
      if (!this.#reports()) return
      this.#host.work.budget?.earn()
    }
    this.#stage.served(this.#meter.now() - this.startedAt)
    this.#host.succeeded(this, value)
  }

  #fail(error: unknown): void {
    this.#release('fail')
    if (this.#phase !== OPEN) return this.#free()
    try {
      if (this.#triesAgain(error)) return
    } catch (second) {
      return this.#giveUp(second)
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
    this.#signal.isUsed = true
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
      return this.#giveUp(second)
    }
    if (this.#reports()) this.#host.succeeded(this, value)
  }

  #giveUp(error: unknown): void {
    if (this.#reports()) this.#host.failed(this, error)
  }

  /** Whether it tells its stage how it ended, once and now: not when the stage has given the item up. */
  #reports(): boolean {
    if (this.#phase !== OPEN) {
      this.#free()
      return false
    }
    this.#phase = this.#zombies === 0 ? FREE : OVER
    return true
  }

  /** Something of it has ended that nobody waits for any more. */
  #free(): void {
    if (this.#phase !== OVER || this.#zombies > 0) return
    this.#phase = FREE
    this.#host.released(this)
  }

  #release(outcome: 'ok' | 'fail'): void {
    const permit = this.#permit
    this.#permit = undefined
    permit?.release(outcome)
  }
}
