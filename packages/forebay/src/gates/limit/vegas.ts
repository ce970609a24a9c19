import { checkNumber } from '../../kernel/check.ts'
import { adaptive } from './adaptive.ts'
import type { Adaptive, LimitBounds } from './adaptive.ts'
import { Bounds } from './bounds.ts'
import { Windowed } from './windowed.ts'

export interface VegasOptions extends LimitBounds {
  /** Where it begins; default 20. */
  initial?: number
  /** After how many times its limit in answers the shortest latency is forgotten; default 1,000. 30 is what others take. */
  probe?: number
}

/**
 * A limit that reckons from the latency how much work queues, and keeps that between three and six (times the
 * logarithm of the limit). Fair between clients of one backend; leaves much unused when work takes very different times.
 *
 * TCP Vegas (Brakmo and Peterson, 1995) as in Netflix's concurrency-limits (`VegasLimit`). What differs: it compares the
 * mean of a second with the shortest mean of a second. Compared with the shortest single time, as there, work whose
 * times differ by chance always seems to queue, and the limit falls until nothing is left. Throws `RangeError` for
 * options out of range.
 */
export function vegas(options: VegasOptions = {}): Adaptive {
  const { initial = 20, probe = 1000 } = options
  new Bounds(options)
  checkNumber('initial', initial, 1, 1e6)
  checkNumber('probe', probe, 1, 1e9)
  return adaptive('vegas', (clock) => {
    let baseMs = Infinity
    let answers = 0
    const judge = (limit: number, meanMs: number, samples: number) => {
      answers += samples
      if (answers >= probe * limit) {
        answers = 0
        baseMs = meanMs
      }
      baseMs = Math.min(baseMs, meanMs)
      const queued = limit * (1 - baseMs / meanMs)
      const why = `about ${queued.toFixed(1)} queue`
      const step = unit(limit)
      if (queued <= step) return { limit: limit + 6 * step, baseMs, why }
      if (queued < 3 * step) return { limit: limit + step, baseMs, why }
      return { limit: queued > 6 * step ? limit - step : limit, baseMs, why }
    }
    return new Windowed(new Bounds(options), initial, clock, judge, (limit) => limit - unit(limit))
  })
}

/** The logarithm that all steps are measured in; 1 at least. */
function unit(limit: number): number {
  return Math.max(1, Math.log10(limit))
}
