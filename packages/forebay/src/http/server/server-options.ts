import type { ServiceLadder } from '../../gates/ladder/service-ladder.ts'
import { PartGate } from '../../gates/part-gate.ts'
import { checkFunction, show } from '../../kernel/check.ts'
import type { Clock } from '../../kernel/clock.ts'
import { systemClock } from '../../kernel/clock.ts'
import type { Duration } from '../../kernel/duration.ts'
import { milliseconds } from '../../kernel/duration.ts'
import type { Gate, Level, PermitOutcome } from '../../kernel/gate.ts'
import type { SignalOptions } from '../signals/to-headers.ts'
import { checkSignalOptions } from '../signals/to-headers.ts'

/** How requests come to a gate. `R` is what the framework calls a request. */
export interface ServerOptions<R> extends SignalOptions {
  /** Every request asks it for a permit, which comes back when the response has ended or closed. */
  readonly gate: Gate
  /** Whose request this is: a tenant, an API key, an address; default one key for all. */
  readonly key?: (request: R) => string | undefined
  /** How important it is; default what `x-level` says, and no more important than 1 unless `trustLevel`. */
  readonly level?: (request: R) => Level | undefined
  /** Its weight in the gate's unit; default 1. */
  readonly cost?: (request: R) => number
  /** Requests that need no permit, such as probes; default none. */
  readonly skip?: (request: R) => boolean
  /** Whether callers may say that they are more important than the default; default false. Only for callers of your own. */
  readonly trustLevel?: boolean
  /** The longest that anybody waits for an answer; default no bound. A caller's `x-deadline` can only shorten it. */
  readonly deadline?: Duration
  /** What a response says about the gate; default, and where it throws after the answer, 503 and 504 `drop`, other 5xx `fail`, else `ok`. */
  readonly outcome?: (status: number) => PermitOutcome
  /** Whether answers that were not refused carry the RateLimit fields too; default false. It tells strangers what you can take. */
  readonly advertise?: boolean
  /**
   * How much is done for a request while there is pressure: `callOf(request).rung` says which rung it is to be answered on,
   * and the answer says so in `x-rung`.
   */
  readonly ladder?: ServiceLadder
  /** Whether calls made while serving inherit the deadline and the level of the request; default true. */
  readonly inherit?: boolean
  /**
   * How long work is still counted whose response is over; default 30 s. A
   * client that has gone does not stop the work, and a permit that came back with it would let twice as much run.
   */
  readonly linger?: Duration
  /** Default the clock of the gate. */
  readonly clock?: Clock
}

/** The options with everything filled in. */
export interface ServerSettings<R> extends ServerOptions<R> {
  readonly longestMs: number
  readonly lingerMs: number
  readonly outcome: (status: number) => PermitOutcome
  readonly clock: Clock
}

/** Throws `RangeError` or `TypeError` for options that make no sense. */
export function serverSettings<R>(options: ServerOptions<R>): ServerSettings<R> {
  const { gate, deadline, linger = 30_000, outcome = outcomeOfResponse } = options
  if (typeof (gate as Partial<Gate> | undefined)?.tryAcquire !== 'function') {
    throw new TypeError(`gate: expected a gate, got ${show(gate)}`)
  }
  for (const name of ['key', 'level', 'cost', 'skip', 'outcome'] as const) {
    if (options[name] !== undefined) checkFunction(name, options[name])
  }
  if (options.ladder !== undefined && typeof (options.ladder as Partial<ServiceLadder>).isAtLeast !== 'function') {
    throw new TypeError(`ladder: expected one of serviceLadder, got ${show(options.ladder)}`)
  }
  checkSignalOptions(options)
  return {
    ...options,
    outcome,
    longestMs: deadline === undefined ? Infinity : milliseconds('deadline', deadline),
    lingerMs: milliseconds('linger', linger),
    clock: options.clock ?? (gate instanceof PartGate ? gate.clock : systemClock),
  }
}

/** What an answer of this server says by itself. 429 is a quota of the application's own, not what the server can take. */
export function outcomeOfResponse(status: number): PermitOutcome {
  if (status < 500) return 'ok'
  return status === 503 || status === 504 ? 'drop' : 'fail'
}
