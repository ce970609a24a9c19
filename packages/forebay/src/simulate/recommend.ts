import { inWords, missedGoals, missedShare, percent, type Goal } from './goal.ts'
import type { Outcome } from './try-strategy.ts'

/** Shares of missed jobs that differ by less are the same. */
const SAME = 0.001

/** The strategy to take, and why. `strategy` is absent when none keeps the goal. */
export interface Recommendation {
  readonly strategy?: string
  readonly why: string
}

/**
 * Of the strategies that keep the goal, the one that misses the fewest jobs; of those that miss the same, the one with
 * the lowest p99, then the one that may hold the fewest.
 */
export function recommend(outcomes: readonly Outcome[], goal: Goal): Recommendation {
  const ranked = outcomes.filter((outcome) => missedGoals(outcome, goal).length === 0).toSorted((a, b) => rank(a, b))
  const [best, second] = ranked
  if (best === undefined) {
    const [nearest] = outcomes.toSorted(
      (a, b) => missedGoals(a, goal).length - missedGoals(b, goal).length || rank(a, b),
    )
    if (nearest === undefined) return { why: 'there is nothing to choose from' }
    return { why: `none keeps the goal; nearest is ${nearest.strategy}: ${missedGoals(nearest, goal).join(', ')}` }
  }
  const next = second === undefined ? '' : `; next is ${second.strategy}, which ${facts(second)}`
  return { strategy: best.strategy, why: `${best.strategy} ${facts(best)}${next}` }
}

function rank(a: Outcome, b: Outcome): number {
  const missed = missedShare(a) - missedShare(b)
  if (Math.abs(missed) > SAME) return missed
  return (a.latency?.p99 ?? 0) - (b.latency?.p99 ?? 0) || a.bound - b.bound
}

function facts(outcome: Outcome): string {
  const { latency, bound } = outcome
  const missed = missedShare(outcome)
  const lost = missed === 0 ? 'does every job in time' : `misses ${percent(missed)} of the jobs`
  const slow = latency === undefined ? 'does none' : `has a p99 of ${inWords(latency.p99)}`
  return `${lost}, ${slow} and may hold ${bound === Infinity ? 'any number' : bound.toLocaleString('en')}`
}
