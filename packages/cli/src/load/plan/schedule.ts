import { seededRandom, type Random } from 'forebay/testkit'
import type { Stretch } from './check-phases.ts'
import type { CheckedPlan } from './check-plan.ts'

/** One request that is to be sent, decided beforehand. Tenants and requests are positions in the plan. */
export interface Arrival {
  /** Ms from the beginning of the first phase; below 0 while it warms up. */
  readonly at: number
  /** Position of its phase; -1 while it warms up. */
  readonly phase: number
  readonly tenant: number
  /** Position in the levels of the plan; -1 without levels. */
  readonly level: number
  readonly request: number
}

/**
 * All arrivals of a plan in order, made one at a time: nothing that is sent or answered can change the next one.
 *
 * Requests are numbered along the integral of the rate: with even arrivals one comes at each whole number, with random
 * ones the gaps are exponential (a Poisson process, also where the rate changes). What is left over of a gap at the
 * end of a phase goes on in the next.
 */
export function* schedule(plan: CheckedPlan): Generator<Arrival, void> {
  const random = seededRandom(plan.seed)
  const warmUp = warmUpOf(plan)
  const stretches = warmUp === undefined ? plan.stretches : [warmUp, ...plan.stretches]
  const gap = plan.isEven ? () => 1 : () => -Math.log(1 - random.next())
  let next = plan.isEven ? 0 : gap()
  for (const [index, stretch] of stretches.entries()) {
    const phase = warmUp === undefined ? index : index - 1
    const { from, to, firstRate, lastRate } = stretch
    // A whole number of requests is not one more because of its last digit.
    const total = Math.max(0, ((firstRate + lastRate) / 2) * (to - from) - 1e-9)
    let burst = stretch.burst === undefined ? Infinity : from
    let at = next < total ? from + timeOf(next, stretch) : to
    while (at < to || burst < to) {
      if (burst <= at) {
        for (let i = 0; i < (stretch.burst?.size ?? 0); i++) yield arrival(burst, phase, stretch, plan, random)
        burst += stretch.burst?.everyMs ?? Infinity
        continue
      }
      yield arrival(at, phase, stretch, plan, random)
      next += gap()
      at = next < total ? from + timeOf(next, stretch) : to
    }
    next = Math.max(0, next - total - 1e-9)
  }
}

/** The first rate of the first phase, without its bursts. */
function warmUpOf({ warmUpMs, stretches }: CheckedPlan): Stretch | undefined {
  const [first] = stretches
  if (warmUpMs === 0 || first === undefined) return undefined
  return { ...first, from: -warmUpMs, to: 0, lastRate: first.firstRate, burst: undefined }
}

/** When the integral of a rate that changes evenly reaches `count`: the root of r·t + s·t²/2 = count, in the form that loses no digits. */
function timeOf(count: number, { from, to, firstRate, lastRate }: Stretch): number {
  if (count === 0) return 0
  const slope = (lastRate - firstRate) / (to - from)
  return (2 * count) / (firstRate + Math.sqrt(Math.max(0, firstRate * firstRate + 2 * slope * count)))
}

function arrival(at: number, phase: number, { tenants }: Stretch, plan: CheckedPlan, random: Random): Arrival {
  return {
    at,
    phase,
    tenant: tenants.pick(random),
    level: plan.levelShares?.pick(random) ?? -1,
    request: plan.requestShares.pick(random),
  }
}
