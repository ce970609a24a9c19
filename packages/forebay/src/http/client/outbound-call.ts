import { levelOf } from '../../gates/ask.ts'
import { deadlinesOf } from '../../gates/deadlines.ts'
import type { Due } from '../../gates/deadlines.ts'
import { PartGate } from '../../gates/part-gate.ts'
import { advise } from '../../gates/rate/advise.ts'
import type { Clock } from '../../kernel/clock.ts'
import { ForebayError } from '../../kernel/errors.ts'
import type { Ask, Level, Permit, PermitOutcome } from '../../kernel/gate.ts'
import { callHeaders } from '../call/call-headers.ts'
import { inherit } from '../call/scope.ts'
import type { HeaderSource } from '../signals/header-source.ts'
import { readSignals } from '../signals/read-signals.ts'
import type { Signals } from '../signals/read-signals.ts'
import type { ClientSettings } from './client-options.ts'

/**
 * One try of a call to another service: its permit, its deadline, and what its answer said. The half of every client
 * that is the same.
 */
export class OutboundCall {
  readonly ask: Ask
  readonly #settings: ClientSettings
  #permit: Permit | undefined = undefined

  /** A try beyond the first asks one level lower: whoever comes for the first time goes first. */
  constructor(settings: ClientSettings, url: string, attempt: number, own: Ask) {
    const { level, inherits, key } = settings
    const named: Ask = {
      ...own,
      key: key(url),
      ...(level !== undefined && { level }),
    }
    const ask = inherits ? inherit(named) : named
    this.ask = attempt === 1 ? ask : { ...ask, level: Math.min(3, levelOf(ask) + 1) as Level }
    this.#settings = settings
  }

  /** Takes a permit at once, where the other side and the gate let it. */
  tryEnter(): boolean {
    const { peer, gate } = this.#settings
    if (peer.waitMs(this.ask) > 0) return false
    this.#permit = gate.tryAcquire(this.ask)
    return this.#permit !== undefined
  }

  /** Waits for the other side, then for the gate. Rejects with `Shed`, or with `FOREBAY_CANCELLED` when `signal` aborts. */
  async enter(ask: Ask = this.ask): Promise<void> {
    const { peer, gate } = this.#settings
    for (;;) {
      if (peer.waitMs(ask) > 0) await peer.acquire(ask)
      const permit = await gate.acquire(ask)
      if (peer.waitMs(ask) === 0) return void (this.#permit = permit)
      permit.release('ignore') // closed while we stood in line
    }
  }

  /** The headers that go with it: what is left of its deadline, and its level. */
  headers(): Record<string, string> {
    const { deadline, level } = this.ask
    const { clock } = this.#settings
    return callHeaders({ clock, ...(deadline !== undefined && { deadline }), ...(level !== undefined && { level }) })
  }

  /** Takes in what an answer said, and gives what it says about the gate. */
  hear(status: number, headers: HeaderSource): Signals {
    const { peer, credit, clock } = this.#settings
    const signals = readSignals(headers, clock)
    // A redirect or a job that is not done may say Retry-After too: that is about this one thing.
    peer.hear(isRefusal(status) ? signals : { mayNotRetry: false, quotas: signals.quotas }, this.ask.key)
    credit?.hear(signals)
    this.#advise(status, signals)
    return signals
  }

  /** Every quota of requests on its own: an adaptive rate heeds the strictest. */
  #advise(status: number, { quotas, retryAfterMs }: Signals): void {
    const { gate } = this.#settings
    if (!(gate instanceof PartGate)) return
    for (const { unit, limit, remaining, resetMs, windowMs } of quotas) {
      if (unit !== 'requests') continue
      const paced = limit !== undefined && windowMs !== undefined && windowMs > 0
      const left = remaining !== undefined && resetMs !== undefined
      advise(gate, { ...(paced && { limit, perMs: windowMs }), ...(left && { remaining, resetMs }) }, this.ask)
    }
    if (retryAfterMs !== undefined && isRefusal(status)) advise(gate, { retryAfterMs }, this.ask)
  }

  release(outcome: PermitOutcome): void {
    this.#permit?.release(outcome)
  }
}

function isRefusal(status: number): boolean {
  return status === 429 || status >= 500
}

/** Joins the signal of a caller with a timeout and a deadline. `clear` when it is over: nothing of it may stay on the caller's. */
export class CallSignal implements Due {
  readonly dueAt: number
  heapIndex = -1
  readonly #clock: Clock
  readonly #outer: AbortSignal | undefined
  readonly #controller = new AbortController()
  readonly #ms: number

  constructor(clock: Clock, ms: number, outer: AbortSignal | undefined) {
    this.#clock = clock
    this.#outer = outer
    this.#ms = ms
    this.dueAt = clock.now() + ms
    if (outer?.aborted === true) this.#onAbort()
    outer?.addEventListener('abort', this.#onAbort, { once: true })
    if (ms !== Infinity) deadlinesOf(clock).add(this)
  }

  get signal(): AbortSignal {
    return this.#controller.signal
  }

  expire(): void {
    const message = `no answer within ${Math.round(this.#ms)} ms`
    this.#controller.abort(new ForebayError('FOREBAY_TIMEOUT', message, { retryable: true }))
  }

  /** Time no longer counts; the caller still does. */
  stopTimer(): void {
    deadlinesOf(this.#clock).remove(this)
  }

  clear(): void {
    this.stopTimer()
    this.#outer?.removeEventListener('abort', this.#onAbort)
  }

  readonly #onAbort = (): void => this.#controller.abort(this.#outer?.reason)
}
