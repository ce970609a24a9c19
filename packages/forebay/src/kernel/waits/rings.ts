import type { Wait } from './waits.ts'

/** What a ring needs to know of a stage. */
interface Kinded {
  readonly id: string
  readonly kind: string
}

/** Junctions that can do nothing until every input they wait for has given an item. */
const NEEDS_ALL_INPUTS: ReadonlySet<string> = new Set(['zip', 'zipWith', 'zipAll', 'mergeSorted'])
/** Junctions that can do nothing until every output wants an item. */
const NEEDS_ALL_OUTPUTS: ReadonlySet<string> = new Set(['broadcast'])
/** Rings that are told. */
const MAX_RINGS = 8

/**
 * Rings of stages in which each waits for the next, and that nothing can break: no work, gate, timer, source or store
 * is behind any of them. Found by what can still move: a stage that waits for something outside, and whoever waits
 * for one that can. Where it is not known whether a stage needs one or all of what it waits for, one is taken to be
 * enough, so that what is called a deadlock is one.
 *
 * Each ring is the waits of its members, in order. Stages that merely wait for a ring are in none.
 */
export function ringsOf(stages: readonly Kinded[], waits: readonly Wait[]): Wait[][] {
  const byStage = new Map<string, Wait[]>()
  for (const wait of waits) entry(byStage, wait.stage).push(wait)
  const kinds = new Map(stages.map(({ id, kind }) => [id, kind]))
  const moves = movable(byStage, kinds)
  const rings: Wait[][] = []
  const seen = new Set<string>()
  for (const start of byStage.keys()) {
    if (rings.length === MAX_RINGS) break
    const path: Wait[] = []
    for (let at = start; !moves.has(at) && !seen.has(at);) {
      seen.add(at)
      const next = byStage.get(at)?.find(({ on }) => on !== undefined && !moves.has(on))
      if (next?.on === undefined) break
      path.push(next)
      at = next.on
      const from = path.findIndex(({ stage }) => stage === at)
      if (from !== -1) rings.push(path.slice(from))
    }
  }
  return rings
}

/** Stages that may still do something, and those that no snapshot knows. */
function movable(waits: ReadonlyMap<string, readonly Wait[]>, kinds: ReadonlyMap<string, string>): Moves {
  const stuck = new Set(waits.keys())
  const moves: Moves = { has: (id) => !stuck.has(id) }
  const waiters = new Map<string, string[]>()
  for (const [id, own] of waits) {
    for (const { on = '' } of own) entry(waiters, on).push(id)
  }
  // A set is walked on over what is added meanwhile: whoever may be freed by one that has just been found to move.
  const toLookAt = new Set(stuck)
  for (const id of toLookAt) {
    toLookAt.delete(id)
    if (!stuck.has(id) || !mayMove(waits.get(id) as readonly Wait[], kinds.get(id) ?? '', moves)) continue
    stuck.delete(id)
    for (const waiter of waiters.get(id) ?? []) if (stuck.has(waiter)) toLookAt.add(waiter)
  }
  return moves
}

interface Moves {
  has(id: string): boolean
}

function mayMove(waits: readonly Wait[], kind: string, moves: Moves): boolean {
  if (waits.some(({ on }) => on === undefined)) return true
  const above = waits.filter((wait) => wait.for === 'items')
  const below = waits.filter((wait) => wait.for !== 'items')
  return isMet(above, NEEDS_ALL_INPUTS.has(kind), moves) || isMet(below, NEEDS_ALL_OUTPUTS.has(kind), moves)
}

function isMet(waits: readonly Wait[], needsAll: boolean, moves: Moves): boolean {
  const isFree = ({ on }: Wait): boolean => moves.has(on as string)
  return waits.length > 0 && (needsAll ? waits.every(isFree) : waits.some(isFree))
}

function entry<T>(lists: Map<string, T[]>, key: string): T[] {
  let list = lists.get(key)
  if (list === undefined) lists.set(key, (list = []))
  return list
}
