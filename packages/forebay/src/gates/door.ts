import { systemClock } from '../kernel/clock.ts'
import type { Clock } from '../kernel/clock.ts'
import type { Duration } from '../kernel/duration.ts'
import type { Gate } from '../kernel/gate.ts'
import type { Random } from '../kernel/random.ts'
import type { Rate } from '../kernel/rate.ts'
import { admit } from './admit/admit.ts'
import type { AdmitOptions } from './admit/admit.ts'
import type { RetryOptions } from './admit/retry.ts'
import type { Work } from './admit/call.ts'
import { all } from './all.ts'
import { breaker } from './breaker/breaker.ts'
import type { BreakerSettings } from './breaker/breaker-options.ts'
import type { Adaptive } from './limit/adaptive.ts'
import { limit } from './limit/limit.ts'
import type { LineOptions } from './line/line-options.ts'
import { rate } from './rate/rate.ts'
import type { RateSettings } from './rate/rate.ts'

/** What stands in the door; at least one of `concurrency`, `rate` and `breaker`. */
export interface DoorOptions {
  /** Calls that may run at once, or how many that is finds itself: `tide()` of `forebay/gates`. */
  concurrency?: number | Adaptive
  /** Calls that may start in a time: `'50/s'`, or the options of `rate`. */
  rate?: Rate | (RateSettings & { limit: number | Rate })
  breaker?: BreakerSettings
  /** Calls that may wait; default 1,000, for as long as it takes. More are refused with a `Shed`. */
  line?: number | LineOptions
  /** How long each call may run; what it started keeps its place until it has ended. */
  timeout?: Duration
  retry?: RetryOptions
  /** Shown in sheds and inspections; default `'gate'`. */
  name?: string
  clock?: Clock
  random?: Random
}

type Usual = Pick<AdmitOptions<unknown>, 'timeout' | 'retry' | 'random'>

/** Calls work behind a gate. What is given with a call goes before what the door was made with. */
export interface Door {
  <T>(work: Work<T>, options?: AdmitOptions<T>): Promise<T>
  readonly gate: Gate
}

/** A gate with a handle: `const call = door({ concurrency: 10, rate: '50/s' })`, then `await call(() => work())`. */
export function door(options: DoorOptions): Door {
  const { concurrency, rate: pace, breaker: fuse, line = 1000, name = 'gate', clock = systemClock } = options
  const gates: Gate[] = []
  if (pace !== undefined) {
    gates.push(rate({ ...(typeof pace === 'object' ? pace : { limit: pace }), name: `${name}.rate`, clock }))
  }
  if (fuse !== undefined) gates.push(breaker({ ...fuse, name: `${name}.breaker`, clock }))
  if (concurrency !== undefined) gates.push(limit(concurrency, { name: `${name}.limit`, clock }))
  if (gates.length === 0) throw new RangeError('gate: expected concurrency, rate or breaker, got none of them')
  const gate = all(gates, { line, name, clock })
  const { timeout, retry, random } = options
  const usual = { timeout, retry, random } as Usual // what is not given is undefined, as good as left out
  const hasUsual = (timeout ?? retry ?? random) !== undefined
  const call = <T>(work: Work<T>, own?: AdmitOptions<T>): Promise<T> =>
    admit(gate, work, hasUsual ? { ...usual, ...own } : own)
  return Object.assign(call, { gate })
}
