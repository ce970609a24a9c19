/** A rate in numbers: `limit` permits in every `per` ms; `burst` as it was given, checked to be ≥ 1. */
export interface RateSpec {
  readonly limit: number
  readonly per: number
  readonly burst: number | undefined
}

/** How a rate decides. An algorithm knows no clock: it is told the time, which begins at 0, may stand still, and never goes back. */
export interface RateAlgorithm {
  /**
   * True when what conforms goes on to conform while nothing is taken, several taken at once are as good as one after
   * another, and what is taken later is never forgotten sooner: then `rate` may read the time less often than it is asked.
   */
  readonly isEven?: boolean
  /** Milliseconds until `cost` conforms once `ahead` has gone before it; 0 when it does now. */
  waitMs(cost: number, now: number, ahead: number): number
  /** Takes `cost`; gives a small whole number by which {@link correct} finds it again. */
  take(cost: number, now: number): number
  /** Charges `cost` more for what was taken as `mark`, whatever the state; a negative cost pays back. */
  correct(cost: number, now: number, mark: number): void
  /** How many of cost 1 conform now. */
  credit(now: number): number
  /** Changes the rate; what has been taken stays taken. Throws before anything has changed. */
  configure(spec: RateSpec, now: number): void
}

/** Makes an algorithm for a rate. Throws `RangeError` for a rate it cannot keep. */
export type MakeRateAlgorithm = (spec: RateSpec) => RateAlgorithm

/** Throws `RangeError` when `spec` names a burst that `algorithm` does not have. */
export function refuseBurst(spec: RateSpec, algorithm: string): void {
  if (spec.burst === undefined) return
  throw new RangeError(`burst: expected none for ${algorithm}, which has no burst of its own, got ${spec.burst}`)
}

/** The burst of `spec`; default a tenth of a second's worth, at least 1. */
export function burstOf({ limit, per, burst }: RateSpec): number {
  return burst ?? Math.max(1, Math.floor((limit / per) * 100))
}
