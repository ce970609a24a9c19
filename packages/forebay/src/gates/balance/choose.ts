import type { Random } from '../../kernel/random.ts'
import type { BalancePick } from './balance-options.ts'
import type { TargetState } from './target-state.ts'

/** What a choice needs to know. */
export interface Choice<T> {
  readonly targets: readonly TargetState<T>[]
  readonly random: Random
  readonly now: number
  /** Latency of a target of which none is known. */
  readonly typicalMs: number
  /** Whether the work may go there now. */
  readonly isFree: (state: TargetState<T>) => boolean
}

/** How good a target is for the next piece of work: less is better. */
type Load = <T>(state: TargetState<T>, choice: Choice<T>) => number

const loads: Record<BalancePick, Load> = {
  'peak-ewma': (state, { now, typicalMs }) => (state.latencyMs(now) ?? typicalMs) * (state.outstanding + 1),
  'least-outstanding': (state) => state.outstanding,
  credit: (state) => -state.part.credit(),
}

/** The target for the next piece of work, or `undefined` when none is free. */
export function choose<T>(pick: BalancePick, choice: Choice<T>): TargetState<T> | undefined {
  const { targets, random, isFree } = choice
  if (pick !== 'peak-ewma' || targets.length < 3) return best(choice, loads[pick])
  // Two by chance and the better of them: nearly as even as looking at all, and callers who know the same do not all go to the same place
  // (Mitzenmacher, "The Power of Two Choices in Randomized Load Balancing", IEEE TPDS 12(10), 2001).
  const i = Math.floor(random.next() * targets.length)
  const j = (i + 1 + Math.floor(random.next() * (targets.length - 1))) % targets.length
  const pair = [targets[i] as TargetState<T>, targets[j] as TargetState<T>].filter(isFree)
  const [a, b] = pair
  if (a === undefined) return best(choice, loads[pick])
  if (b === undefined) return a
  return loads[pick](b, choice) < loads[pick](a, choice) ? b : a
}

/** The best of all that are free; among equals one by chance. */
function best<T>(choice: Choice<T>, load: Load): TargetState<T> | undefined {
  const { targets, random, isFree } = choice
  const start = Math.floor(random.next() * targets.length)
  let found: TargetState<T> | undefined
  let least = Infinity
  for (let i = 0; i < targets.length; i++) {
    const state = targets[(start + i) % targets.length] as TargetState<T>
    if (!isFree(state)) continue
    const own = load(state, choice)
    if (found !== undefined && own >= least) continue
    found = state
    least = own
  }
  return found
}
