import { show } from '../kernel/check.ts'
import type { Operator } from '../kernel/operator.ts'
import type { PlanNode, SinkNode } from '../kernel/plan.ts'
import type { Flow } from './flow.ts'
import type { Program } from './program.ts'

/** What every flow is: the last node of its plan, the side branches that run with it, and the way to go on. */
export abstract class Stages<T> {
  readonly node: PlanNode
  /** Sinks of side branches: they run when the flow does. */
  readonly sides: readonly SinkNode[]

  constructor(node: PlanNode, sides: readonly SinkNode[] = []) {
    this.node = node
    this.sides = sides
  }

  /** A flow that ends in `node` instead. */
  protected abstract derive<U>(node: PlanNode, sides?: readonly SinkNode[]): Flow<U>

  /** Attaches a reusable piece: an operator, made with `operator()` or `junction()`, or any function over flows. */
  via<U>(piece: (flow: Flow<T>) => Flow<U>): Flow<U>
  via<U>(piece: Operator<T, U>): Flow<U>
  /** Ends the flow in a sink that is a function over flows. */
  via<R>(sink: (flow: Flow<T>) => Program<R>): Program<R>
  via<U>(piece: ((flow: Flow<T>) => Flow<U> | Program<U>) | Operator<T, U>): Flow<U> | Program<U> {
    if (typeof piece === 'function') return piece(this as unknown as Flow<T>)
    if (typeof (piece as Partial<Operator> | null)?.kind !== 'string') {
      throw new TypeError(`via: expected a function over flows or an operator, got ${show(piece)}`)
    }
    return this.derive<U>({ type: 'operator', name: piece.name, input: this.node, operator: piece })
  }

  /** Names the stage or edge before it: the name that `explain`, the console, metrics and the verdict use. */
  named(name: string): Flow<T> {
    const { node } = this
    if (node.type === 'edge') return this.derive<T>({ ...node, name, options: { ...node.options, name } })
    return this.derive<T>({ ...node, name } as PlanNode)
  }
}
