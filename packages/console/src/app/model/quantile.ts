import type { Histogram } from 'forebay/observe'

/** What was counted between two readings of one histogram. */
export function between(before: Histogram | undefined, after: Histogram): Histogram {
  if (before === undefined) return after
  const counts = after.counts.map((value, i) => Math.max(0, value - (before.counts[i] ?? 0)))
  return { bounds: after.bounds, counts, sum: Math.max(0, after.sum - before.sum) }
}

export function samples({ counts }: Histogram): number {
  return counts.reduce((sum, value) => sum + value, 0)
}

/**
 * The value below which `share` of the counted lie, found by going evenly through the bucket that holds it; `NaN` when
 * nothing was counted. What lies above the last bound is reported as that bound.
 */
export function quantile(histogram: Histogram, share: number): number {
  const { bounds, counts } = histogram
  const target = samples(histogram) * share
  if (target === 0) return Number.NaN
  let passed = 0
  for (const [i, inside] of counts.entries()) {
    if (inside > 0 && passed + inside >= target) {
      const low = i === 0 ? 0 : bounds[i - 1]!
      const high = bounds[i] ?? low
      return low + ((target - passed) / inside) * (high - low)
    }
    passed += inside
  }
  return bounds.at(-1) ?? Number.NaN
}
