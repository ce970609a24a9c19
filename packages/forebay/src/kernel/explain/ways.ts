import { mayLose } from '../overflow.ts'
import { inputsOf, type JunctionNode, type PlanNode } from '../plan.ts'
import { UNBOUNDED } from '../receiver.ts'

/** One way from an outlet of a junction that parts a flow to some node below it. Counts are of items at that outlet. */
export interface Way {
  readonly of: JunctionNode
  readonly index: number
  /** What lies on it, from the outlet down, by name. */
  readonly names: readonly string[]
  /** Items that it can hold while nothing is taken at its end; `Infinity` when it never holds its outlet back. */
  readonly room: number
  /** Items that it takes before it gives its first; `Infinity` when it gives none before its end. */
  readonly needs: number
  /** Items that it takes for each that it gives. */
  readonly per: number
  /** It may let none of them through, whatever their number. */
  readonly drops: boolean
  /** It throws items away when it is full. */
  readonly isLossy: boolean
  /** Items for which it has room, but which it does not ask for yet: edges ask for a quarter of their items at once. */
  readonly slack: number
  /** All of this is certain; else something on it is not known before it runs. */
  readonly isCertain: boolean
}

/** Ways that are followed from one outlet to one node; there can be as many as there are paths. */
const MAX_WAYS = 4

/** Every way that ends at the nodes asked for, each followed up to all the junctions that part a flow above it. */
export class Ways {
  readonly #known = new Map<PlanNode, readonly Way[]>()

  to(node: PlanNode): readonly Way[] {
    let ways = this.#known.get(node)
    if (ways === undefined) {
      ways = limited(this.#find(node))
      this.#known.set(node, ways)
    }
    return ways
  }

  #find(node: PlanNode): Way[] {
    const above = inputsOf(node).flatMap((input) => this.to(input))
    if (node.type !== 'outlet') return above.map((way) => extended(way, node))
    const { of, index } = node
    return [
      ...above,
      { of, index, names: [], room: 0, needs: 1, per: 1, drops: false, isLossy: false, slack: 0, isCertain: true },
    ]
  }
}

function limited(ways: readonly Way[]): Way[] {
  const counts = new Map<string, number>()
  const ids = new Map<JunctionNode, number>()
  return ways.filter(({ of, index }) => {
    if (!ids.has(of)) ids.set(of, ids.size)
    const key = `${ids.get(of)} ${index}`
    const count = (counts.get(key) ?? 0) + 1
    counts.set(key, count)
    return count <= MAX_WAYS
  })
}

/** The way and one node more. */
function extended(way: Way, node: PlanNode): Way {
  const next = { ...way, names: [...way.names, node.name] }
  switch (node.type) {
    case 'operator': {
      const { operator } = node
      if (operator.kind === 'filter') return { ...next, drops: true }
      if (operator.kind !== 'stateful') return next
      const { bound, gathers, cardinality } = operator
      const held = { ...next, room: next.room + bound * next.per }
      if (gathers !== undefined) return gathered(held, gathers, cardinality === 'join')
      if (cardinality === 'filter') return { ...held, drops: true, isCertain: false }
      return cardinality === 'one' ? held : { ...held, isCertain: false }
    }
    case 'edge': {
      const { items, bytes, overflow } = node.options
      if (mayLose(overflow)) return { ...next, room: Infinity, isLossy: true }
      if (items >= UNBOUNDED) return { ...next, room: Infinity }
      const slack = next.slack + (Math.max(1, items >> 2) - 1) * next.per
      return { ...next, slack, room: next.room + items * next.per, isCertain: next.isCertain && bytes === Infinity }
    }
    case 'durable':
      return { ...next, room: Infinity }
    case 'junction': {
      // What throws items away, or waits for time, holds nobody back.
      if (node.cardinality === 'filter' || node.cardinality === 'join') {
        const isJoin = node.inputs.length > 1
        return { ...next, room: isJoin ? next.room + next.per : Infinity, isCertain: false }
      }
      const isKnown = node.cardinality === 'one' && node.inputs.length === 1
      return { ...next, room: next.room + node.bound * next.per, isCertain: next.isCertain && isKnown }
    }
    default:
      return next
  }
}

function gathered(way: Way, items: number, isEach: boolean): Way {
  const needs = items === Infinity ? Infinity : way.needs + (items - 1) * way.per
  return { ...way, needs, per: isEach && items !== Infinity ? way.per * items : way.per }
}
