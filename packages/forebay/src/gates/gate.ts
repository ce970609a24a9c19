import { all } from './all.ts'
import { breaker } from './breaker/breaker.ts'
import { door } from './door.ts'
import type { Door, DoorOptions } from './door.ts'
import { keyed } from './keyed.ts'
import { limit } from './limit/limit.ts'
import { rate } from './rate/rate.ts'

/** The parts by their names in one place: `gate.rate(...)`, `gate.limit(...)`. */
export interface GateNames {
  readonly rate: typeof rate
  readonly limit: typeof limit
  /** A limit with its own line, by the name it has elsewhere. */
  readonly bulkhead: typeof limit
  readonly breaker: typeof breaker
  readonly all: typeof all
  readonly keyed: typeof keyed
}

export interface GateFunction extends GateNames {
  (options: DoorOptions): Door
}

export const gateNames: GateNames = { rate, limit, bulkhead: limit, breaker, all, keyed }

/**
 * The small door: `gate({ concurrency: 10, rate: '50/s', line: 1000 })` gives a function that calls work behind a
 * gate. The parts it is made of hang on it by name; imported one by one they cost only themselves.
 */
export const gate: GateFunction = /* @__PURE__ */ Object.assign(
  (options: DoorOptions): Door => door(options),
  gateNames,
)
