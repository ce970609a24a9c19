import type { PlanNode, SinkNode } from '../../kernel/plan.ts'
import type { Flow } from '../flow.ts'
import { Program } from '../program.ts'
import { withSite } from '../sites.ts'

/** A way to end a flow: attached with `.via(sink)`, or as a branch of `broadcast`; its result is that of the run. */
export type Sink<T, R> = (flow: Flow<T>) => Program<R>

/** The program of a flow that ends in `make`, with what runs beside it; the result is that of the sink. */
export function programOf<T, R>(flow: Flow<T>, make: (input: PlanNode) => SinkNode): Program<R> {
  const sink = withSite(make(flow.node))
  if (flow.sides.length === 0) return new Program<R>([sink])
  return new Program<R>([sink, ...flow.sides], 'flow', ([result]) => result)
}
