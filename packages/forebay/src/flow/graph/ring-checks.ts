import { ForebayError } from '../../kernel/errors.ts'
import { cardinalityOf } from '../../kernel/operator.ts'
import { inputsOf, type JunctionNode, type PlanNode, type SinkNode } from '../../kernel/plan.ts'
import { nodesAbove } from './naming.ts'

/** A ring in the plan: where it begins, ends and is entered. */
export interface RingNodes {
  readonly path: string
  readonly begins: readonly JunctionNode[]
  readonly ends: readonly SinkNode[]
  readonly entries: readonly PlanNode[]
  /** Whether a feedback of it waits when it is full, admits only what has a place there, and begins with items. */
  readonly waits: boolean
  readonly admits: boolean
  readonly kicksOff: boolean
}

/**
 * Refuses a ring that can come to stand still: one that nothing gets round; and, where it waits for room in its
 * feedback, one of which an item can become several there, or that is entered without end. Throws `FOREBAY_DEADLOCK`,
 * and `FOREBAY_UNSUPPORTED` for one that a store stands in: what it hands out is not what has come in. Says whether
 * all that comes in is joined with what comes round, which then is a state, or a turn, and no item of its own.
 */
export function checkRing({ path, begins, ends, entries, waits, admits, kicksOff }: RingNodes): { isJoined: boolean } {
  const above = new Set(ends.flatMap((end) => [...nodesAbove(end)]))
  const inRing = new Set([...above].filter((node) => begins.some((begin) => nodesAbove(node).has(begin))))
  for (const node of inRing) {
    if (node.type !== 'durable' && (node.type !== 'junction' || node.kind !== 'spill')) continue
    throw new ForebayError('FOREBAY_UNSUPPORTED', `${node.name}: a durable edge cannot stand in the ring ${path}`)
  }
  const copies = new Copies(above, inRing, new Set<PlanNode>(ends))
  const unjoined = entries.find((entry) => copies.arrivesUnjoined(entry))
  if (!kicksOff && unjoined === undefined) {
    throw new ForebayError('FOREBAY_DEADLOCK', `nothing ever gets round the ring ${path}: give its feedback kickOff`)
  }
  const isJoined = entries.length > 0 && unjoined === undefined
  if (!waits) return { isJoined }
  for (const begin of begins) {
    if (copies.of(begin) <= 1) continue
    const many = [...inRing].find((node) => copies.multiplies(node))
    throw new ForebayError(
      'FOREBAY_DEADLOCK',
      `the ring ${path} can make several items of one (${many?.name ?? 'several ways back'}), which its feedback has no room for: give it an overflow policy that drops`,
    )
  }
  if (admits || unjoined === undefined) return { isJoined }
  throw new ForebayError(
    'FOREBAY_DEADLOCK',
    `${unjoined.name}: items come into the ring ${path} until it is full: give its feedback admit, or zip what comes in with what comes round`,
  )
}

/** How many items come to the ends of a ring for one that is handed on by a node, at worst. */
class Copies {
  readonly #users = new Map<PlanNode, PlanNode[]>()
  readonly #inRing: ReadonlySet<PlanNode>
  readonly #ends: ReadonlySet<PlanNode>
  readonly #known = new Map<PlanNode, number>()

  constructor(nodes: Iterable<PlanNode>, inRing: ReadonlySet<PlanNode>, ends: ReadonlySet<PlanNode>) {
    this.#inRing = inRing
    this.#ends = ends
    for (const node of nodes) {
      for (const input of inputsOf(node)) this.#users.set(input, [...(this.#users.get(input) ?? []), node])
    }
  }

  of(node: PlanNode): number {
    const known = this.#known.get(node)
    if (known !== undefined) return known
    const copies = this.#uses(node).reduce((sum, user) => sum + this.#through(user), 0)
    this.#known.set(node, copies)
    return copies
  }

  /** Whether it is here that one item becomes several. */
  multiplies(node: PlanNode): boolean {
    return this.#through(node) > 1 && this.#uses(node).every((user) => this.#through(user) <= 1)
  }

  /** Whether an item from `entry` may come to an end without having been joined with one that was there before it. */
  arrivesUnjoined(entry: PlanNode): boolean {
    const below = new Set([entry])
    // A set is walked on over what is added meanwhile.
    for (const at of below) for (const user of this.#uses(at)) below.add(user)
    const way = new Set([entry])
    for (const at of way) {
      if (this.#ends.has(at)) return true
      const isJoint =
        at.type === 'junction' &&
        at.cardinality === 'join' &&
        at.inputs.some((input) => this.#inRing.has(input) && !below.has(input))
      if (!isJoint) for (const user of this.#uses(at)) way.add(user)
    }
    return false
  }

  #uses(node: PlanNode): readonly PlanNode[] {
    return this.#users.get(node) ?? []
  }

  /** For one item that is handed to a node. */
  #through(node: PlanNode): number {
    if (this.#ends.has(node)) return 1
    if (node.type !== 'junction') {
      const copies = this.of(node)
      return node.type === 'operator' && cardinalityOf(node.operator) === 'many' && copies > 0 ? Infinity : copies
    }
    const outlets = this.#uses(node).filter((user) => user.type === 'outlet')
    if (outlets.length > 0) {
      const each = outlets.map((outlet) => this.of(outlet))
      return node.cardinality === 'many' ? each.reduce((sum, copies) => sum + copies, 0) : Math.max(...each)
    }
    const copies = this.of(node)
    if (node.cardinality === 'many' && copies > 0) return Infinity
    // One item of each input makes one together.
    return node.cardinality === 'join' ? copies / Math.max(1, this.#ringInputs(node)) : copies
  }

  #ringInputs(node: JunctionNode): number {
    return node.inputs.filter((input) => this.#inRing.has(input)).length
  }
}
