import { ForebayError } from '../kernel/errors.ts'
import type { Random } from '../kernel/random.ts'
import type { Stretch } from './workload.ts'

/** Jobs that one simulation may have; each takes 8 bytes for its time and one of them for having been seen. */
const MAX_JOBS = 5_000_000

/** When every job arrives, ms from the beginning, in order. */
export function arrivalTimes(stretches: readonly Stretch[], random: Random): Float64Array {
  const times: number[] = []
  for (const stretch of stretches) {
    const gap = gaps(stretch, random)
    for (let at = stretch.from + gap(); at < stretch.to; at += gap()) {
      if (times.push(at) > MAX_JOBS) {
        throw new ForebayError('FOREBAY_OVERFLOW', `the workload has more than ${MAX_JOBS.toLocaleString('en')} jobs`)
      }
    }
  }
  return Float64Array.from(times)
}

/** Times between arrivals; exponential ones make a Poisson process, and forget where the phase before has ended. */
function gaps({ perSecond, isEven }: Stretch, random: Random): () => number {
  if (perSecond === 0) return () => Infinity
  const mean = 1000 / perSecond
  return isEven ? () => mean : () => -Math.log(1 - random.next()) * mean
}

/** How many of `times` are at or before `now`. */
export function arrivedBy(times: Float64Array, now: number): number {
  let [low, high] = [0, times.length]
  while (low < high) {
    const middle = (low + high) >> 1
    if ((times[middle] as number) <= now) low = middle + 1
    else high = middle
  }
  return low
}
