import { checkNumber } from '../../kernel/check.ts'
import { adaptive } from './adaptive.ts'
import type { Adaptive, LimitBounds } from './adaptive.ts'
import { Bounds } from './bounds.ts'
import { Windowed } from './windowed.ts'

export interface Gradient2Options extends LimitBounds {
  /** Where it begins; default 20. */
  initial?: number
  /** How many times as slow as usual work may be before the limit falls; default 1.5. */
  tolerance?: number
  /** How many may queue; default 4. */
  queue?: number
}

/** Windows that the long mean reaches back. */
const longWindows = 600
const smooth = 0.2

/**
 * A limit that falls while work takes longer than it usually does. What is usual is a mean over ten minutes, so a queue
 * that stands for long becomes usual and the limit drifts upwards: give it a `max`, default 200.
 *
 * From Netflix's concurrency-limits (`Gradient2Limit`). What differs: windows of a second, a `min` of 1, and that
 * complaints lower it. Throws `RangeError` for options out of range.
 */
export function gradient2(options: Gradient2Options = {}): Adaptive {
  const { initial = 20, tolerance = 1.5, queue = 4 } = options
  new Bounds(options, 1, 200)
  checkNumber('initial', initial, 1, 1e6)
  checkNumber('tolerance', tolerance, 1, 10)
  checkNumber('queue', queue, 1, 1e6)
  return adaptive('gradient2', (clock) => {
    let longMs = 0
    let windows = 0
    const judge = (limit: number, meanMs: number) => {
      windows++
      // Until it reaches back far enough it is a plain mean of what there is.
      longMs += (meanMs - longMs) / Math.min(windows, longWindows)
      const ratio = longMs / meanMs
      if (ratio > 2) longMs *= 0.95 // it has become much faster: forget the slow times sooner
      const gradient = Math.max(0.5, Math.min(1, tolerance * ratio))
      const next = limit * gradient + queue
      const why = `work takes ${(1 / ratio).toFixed(1)} times as long as usual`
      return { limit: limit + smooth * (next - limit), baseMs: longMs, why }
    }
    return new Windowed(new Bounds(options, 1, 200), initial, clock, judge, (limit) => limit * 0.9)
  })
}
