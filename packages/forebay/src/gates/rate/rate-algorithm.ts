/** A rate in numbers: `limit` permits in every `per` ms, up to `burst` at once. */
export interface RateSpec {
  readonly limit: number
  readonly per: number
  readonly burst: number
}

/** How a rate decides. An algorithm knows no clock: it is told the time, which may stand still or go back. */
export interface RateAlgorithm {
  /** Milliseconds until `cost` conforms once `ahead` has gone before it; 0 when it does now. */
  waitMs(cost: number, now: number, ahead: number): number
  take(cost: number, now: number): void
  /** Charges `cost` more, whatever the state; a negative cost pays back. */
  correct(cost: number, now: number): void
  /** How many of cost 1 conform now. */
  credit(now: number): number
  /** Changes the rate; what has been taken stays taken. */
  configure(spec: RateSpec, now: number): void
}
