import { checkNumber } from '../../kernel/check.ts'
import type { LimitBounds } from './adaptive.ts'

/** The bounds of an adaptive limit, checked. Invariant: 1 ≤ min ≤ max. */
export class Bounds {
  min: number
  max: number

  constructor(bounds: LimitBounds, min = 1, max = 2000) {
    this.min = bounds.min ?? Math.min(min, bounds.max ?? min)
    this.max = bounds.max ?? Math.max(max, this.min)
    check(this.min, this.max)
  }

  /** Takes what is given of `bounds`; throws `RangeError` before anything has changed. */
  set(bounds: LimitBounds): void {
    const { min = this.min, max = this.max } = bounds
    check(min, max)
    this.min = min
    this.max = max
  }

  /** `limit`, or the nearest that is allowed; what is no number is the least. */
  clamp(limit: number): number {
    return limit > this.min ? Math.min(limit, this.max) : this.min
  }
}

function check(min: number, max: number): void {
  checkNumber('min', min, 1, 1e6)
  checkNumber('max', max, min, 1e6)
}
