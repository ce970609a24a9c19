import { ForebayError } from '../../kernel/errors.ts'
import type { Level } from '../../kernel/gate.ts'
import type { Call } from './call.ts'
import type { Ended } from './classify.ts'
import type { Shared } from './coalesce.ts'
import type { SharingCaller } from './sharing-caller.ts'

/**
 * One call and those who share it.
 *
 *     waits for its permit ──> runs ──> ended, everybody is told
 *        │    ^                 └────── the last caller leaves ──> aborted
 *        └────┘ asks anew when somebody more important joins
 */
export class Flight<T> {
  readonly #shared: Shared<T>
  readonly #onEnd: () => void
  readonly #callers = new Set<SharingCaller<T>>() // bounded by the option `callers`
  #level: Level = 3
  #hasStarted = false
  /** Of the latest time it asked the gate; what comes back from an earlier one is not listened to. */
  #asking: AbortController | undefined = undefined

  constructor(shared: Shared<T>, onEnd: () => void) {
    this.#shared = shared
    this.#onEnd = onEnd
  }

  join(caller: SharingCaller<T>, level: Level): void {
    this.#callers.add(caller)
    caller.onGivenUp = () => this.#leave(caller)
    if (this.#asking !== undefined && (this.#hasStarted || level >= this.#level)) return
    this.#level = level
    this.#ask()
  }

  #leave(caller: SharingCaller<T>): void {
    this.#callers.delete(caller)
    if (this.#callers.size > 0) return
    this.#onEnd() // first, so that whoever comes now makes a call of its own
    this.#asking?.abort(new ForebayError('FOREBAY_CANCELLED', 'nobody waits for the shared call any more'))
  }

  #ask(): void {
    const { gate, work, options, admit } = this.#shared
    const { deadline: _, ...rest } = options
    const asking = new AbortController()
    const earlier = this.#asking
    this.#asking = asking
    earlier?.abort(new ForebayError('FOREBAY_CANCELLED', 'the call is asked for again at a higher level'))
    const shared = (call: Call): T | PromiseLike<T> => {
      // The permit may have come in the very turn in which the call was asked for again.
      if (asking.signal.aborted) throw new ForebayError('FOREBAY_CANCELLED', 'the call is not needed any more')
      this.#hasStarted = true
      return work(new FlightCall(call, () => this.#deadline))
    }
    admit(gate, shared, { ...rest, level: this.#level, signal: asking.signal }).then(
      (value) => this.#ended(asking, { ok: true, value }),
      (error: unknown) => this.#ended(asking, { ok: false, error }),
    )
  }

  #ended(asking: AbortController, ended: Ended<T>): void {
    if (asking !== this.#asking) return
    this.#onEnd()
    for (const caller of this.#callers) caller.ended(ended)
  }

  /** After which nobody waits any more. */
  get #deadline(): number {
    let latest = -Infinity
    for (const { dueAt } of this.#callers) latest = Math.max(latest, dueAt)
    return latest
  }
}

/** What the work of a shared call is told: a deadline that moves with those who wait. */
class FlightCall implements Call {
  readonly #call: Call
  readonly #latest: () => number

  constructor(call: Call, latest: () => number) {
    this.#call = call
    this.#latest = latest
  }

  get signal(): AbortSignal {
    return this.#call.signal
  }

  get attempt(): number {
    return this.#call.attempt
  }

  get target(): unknown {
    return this.#call.target
  }

  settle(cost: number): void {
    this.#call.settle(cost)
  }

  get deadline(): number {
    return Math.min(this.#call.deadline, this.#latest())
  }
}
