import { checkInteger } from '../../kernel/check.ts'
import type { Clock } from '../../kernel/clock.ts'
import { ForebayError } from '../../kernel/errors.ts'
import type { Gate, Level } from '../../kernel/gate.ts'
import type { ShedReason } from '../../kernel/shed.ts'
import { makeShed } from '../make-shed.ts'
import type { AdmitOptions } from './admit.ts'
import type { Work } from './call.ts'
import { Flight } from './flight.ts'
import { SharingCaller } from './sharing-caller.ts'

export interface CoalesceOptions {
  /** Keys that may have a call in flight to share; default 1,000. Calls of further keys are made each for itself. */
  max?: number
  /** Callers that may wait for shared calls, over all keys; default 10,000. One more is refused with a `Shed`. */
  callers?: number
}

/** Lets callers of one key share one call. Make one for each kind of call. */
export interface Coalesce<T> {
  /** Calls in flight that can be joined. */
  readonly inFlight: number
  /** Callers that wait for them. */
  readonly callers: number
  /** Callers that found a call in flight, since the beginning. */
  readonly joined: number
  /** Calls made without sharing, because too many keys were in flight. */
  readonly overflowed: number
  /** Makes or joins a call; `admit` calls it. */
  share(shared: Shared<T>): Promise<T>
}

/** A call that wants to share, as `admit` hands it over. */
export interface Shared<T> {
  readonly gate: Gate
  readonly work: Work<T>
  readonly options: AdmitOptions<T>
  readonly clock: Clock
  /** Makes the call itself. */
  readonly admit: (gate: Gate, work: Work<T>, options: AdmitOptions<T>) => Promise<T>
}

/**
 * Request coalescing for `admit({ key, coalesce })`: while a call of the same `key` is in flight, another is not made; its caller
 * gets the result, or the error, of that one. Results are shared as they are, not copied.
 *
 * Each caller keeps its own `signal` and `deadline`: one that gives up leaves the others alone, and the last one to leave aborts the call.
 * A more important caller lifts a call that still waits for its permit to its own level. All else is as the first caller asked.
 * Nothing is kept once the call has ended: this is no cache.
 */
export function coalesce<T>(options: CoalesceOptions = {}): Coalesce<T> {
  return new Flights<T>(options)
}

class Flights<T> implements Coalesce<T> {
  joined = 0
  overflowed = 0
  callers = 0
  readonly #flights = new Map<string, Flight<T>>() // bounded by #max
  readonly #max: number
  readonly #maxCallers: number

  constructor(options: CoalesceOptions) {
    this.#max = checkInteger('coalesce.max', options.max ?? 1000, 1)
    this.#maxCallers = checkInteger('coalesce.callers', options.callers ?? 10_000, 1)
  }

  get inFlight(): number {
    return this.#flights.size
  }

  share(shared: Shared<T>): Promise<T> {
    const { gate, options, clock } = shared
    const { key = '', signal, deadline = Infinity, level = 1 } = options
    if (signal?.aborted === true) {
      const error = new ForebayError('FOREBAY_CANCELLED', 'the caller gave up before it asked', {
        cause: signal.reason,
      })
      return Promise.reject(error)
    }
    if (deadline <= clock.now()) return refuse('deadline', gate, level)
    let flight = this.#flights.get(key)
    if (flight === undefined && this.#flights.size >= this.#max) {
      this.overflowed++
      return shared.admit(gate, shared.work, options)
    }
    if (this.callers >= this.#maxCallers) return refuse('line', gate, level)
    if (flight !== undefined) this.joined++
    else {
      const made: Flight<T> = new Flight(shared, () => {
        if (this.#flights.get(key) === made) this.#flights.delete(key)
      })
      this.#flights.set(key, (flight = made))
    }
    this.callers++
    const caller = new SharingCaller<T>(options, clock, () => this.callers--)
    flight.join(caller, level)
    return caller.promise
  }
}

function refuse(reason: ShedReason, { name }: Gate, level: Level): Promise<never> {
  return Promise.reject(makeShed({ reason, gate: name, retryAfterMs: 0, waitedMs: 0, level }, false))
}
