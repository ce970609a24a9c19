import type { BackoffOptions } from '../../gates/admit/backoff.ts'
import type { Budget } from '../../gates/admit/budget.ts'
import { PartGate } from '../../gates/part-gate.ts'
import { checkFunction, checkInteger, show } from '../../kernel/check.ts'
import type { Clock } from '../../kernel/clock.ts'
import { systemClock } from '../../kernel/clock.ts'
import type { Duration } from '../../kernel/duration.ts'
import { milliseconds } from '../../kernel/duration.ts'
import type { Gate, Level, PermitOutcome } from '../../kernel/gate.ts'
import type { Random } from '../../kernel/random.ts'
import type { GrantedLimit } from '../signals/granted-limit.ts'
import { obey } from '../signals/obey.ts'
import type { Obey } from '../signals/obey.ts'

/** How calls to another service come to a gate. */
export interface ClientOptions {
  /** Every call asks it for a permit, which comes back when the body of the answer has ended. */
  readonly gate: Gate
  /** What one answer's signals are about: `Retry-After` of a key closes that key; default the origin of the URL. */
  readonly key?: (url: string) => string
  /** How important the calls are; default the level of the request that is being served, else 1. */
  readonly level?: Level
  /** How long an answer may take to begin, from when it was admitted; default no bound. */
  readonly timeout?: Duration
  /** What other answers asked for; share one between clients of the same service. Default one of its own. */
  readonly obey?: Obey
  /** A limit inside of `gate` that follows what answers say of free places. */
  readonly credit?: GrantedLimit
  /** What a status says about the gate; default 429 and 503 `drop`, other 5xx `fail`, else `ok`. */
  readonly outcome?: (status: number) => PermitOutcome
  /** Whether calls made while serving a request take its deadline and level, and pass both on; default true. */
  readonly inherit?: boolean
  /** Default the clock of the gate. */
  readonly clock?: Clock
  readonly random?: Random
}

/** When a call is made again. */
export interface ClientRetry {
  /** Tries beyond the first; default 2. */
  readonly max?: number
  /** What may be spent on them; default one in ten calls and three a second, for all clients of the gate together. */
  readonly budget?: Budget
  readonly backoff?: BackoffOptions
}

/** The options with everything filled in. */
export interface ClientSettings {
  readonly gate: Gate
  readonly key: (url: string) => string
  readonly level: Level | undefined
  readonly timeoutMs: number
  readonly peer: Obey
  readonly credit: GrantedLimit | undefined
  readonly outcome: (status: number) => PermitOutcome
  readonly inherits: boolean
  readonly clock: Clock
  readonly random: Random | undefined
}

/** Throws `RangeError` or `TypeError` for options that make no sense. */
export function clientSettings(options: ClientOptions): ClientSettings {
  const { gate, key = originOf, outcome = outcomeOfAnswer, level, timeout } = options
  if (typeof (gate as Partial<Gate> | undefined)?.acquire !== 'function') {
    throw new TypeError(`gate: expected a gate, got ${show(gate)}`)
  }
  const clock = options.clock ?? (gate instanceof PartGate ? gate.clock : systemClock)
  return {
    gate,
    key: checkFunction('key', key),
    level: level === undefined ? undefined : (checkInteger('level', level, 0, 3) as Level),
    timeoutMs: timeout === undefined ? Infinity : milliseconds('timeout', timeout),
    peer: options.obey ?? obey({ clock }),
    credit: options.credit,
    outcome: checkFunction('outcome', outcome),
    inherits: options.inherit !== false,
    clock,
    random: options.random,
  }
}

function outcomeOfAnswer(status: number): PermitOutcome {
  if (status === 429 || status === 503) return 'drop'
  return status >= 500 ? 'fail' : 'ok'
}

function originOf(url: string): string {
  return /^[a-z][a-z0-9+.-]*:\/\/[^/?#]*/i.exec(url)?.[0].toLowerCase() ?? ''
}
