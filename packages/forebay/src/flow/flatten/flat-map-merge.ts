import { checkFunction, checkInteger } from '../../kernel/check.ts'
import type { Context } from '../../kernel/context.ts'
import type { RunEnvironment } from '../../kernel/run-environment.ts'
import type { StageAccount } from '../../kernel/stage-account.ts'
import type { Flow } from '../flow.ts'
import { junction } from '../junction.ts'
import { innerNode } from './inner-flow.ts'
import { InnerFlows, type InnerFlowsOptions } from './inner-flows.ts'

/** How many inner flows run at once. */
export interface FlatMapMergeOptions {
  /** Inner flows that run at once, at most 65,536. It has no default: it is the bound of what is held and of the work that goes on. */
  breadth: number
  /** Items each of them may be ahead; default 1. */
  prefetch?: number
  name?: string
}

/**
 * A flow for each item, `breadth` of them at once, merged fairly; it holds `breadth` × `prefetch` items at most.
 *
 * Emits: when an inner flow has an item, from each in turn. Backpressures: when downstream does, and when `breadth`
 * inner flows run. Completes: when upstream has and every inner flow has ended. Cancels: when downstream cancels; inner
 * flows get the reason. Loses: nothing; when one of them fails the others are cancelled, and what they had handed over
 * comes before the failure.
 *
 * An inner flow may not have side branches. Draining a run lets inner flows run to their end.
 *
 * @example
 * flow(hosts).via(flatMapMerge((host) => flow(readLines(host)), { breadth: 4 }))
 */
export function flatMapMerge<T, U>(
  fn: (value: T) => Flow<U>,
  options: FlatMapMergeOptions,
): (flow: Flow<T>) => Flow<U> {
  checkFunction('flatMapMerge', fn)
  const { breadth, prefetch = 1, name = 'flatMapMerge' } = options
  checkInteger('breadth', breadth, 1, 65_536)
  checkInteger('prefetch', prefetch, 1, 65_536)
  return junction<T, U>(
    'flatMapMerge',
    { cardinality: 'many', bound: breadth * prefetch, inner: breadth, name },
    (env, stage, graft) => new FlatMap(fn, breadth, { ahead: prefetch, exact: false, graft }, env, stage),
  )
}

/** Starts a flow for an item while fewer than `breadth` run and downstream wants something. */
export class FlatMap extends InnerFlows {
  readonly #fn: (value: any) => unknown
  readonly #breadth: number

  constructor(
    fn: (value: any) => unknown,
    breadth: number,
    options: InnerFlowsOptions,
    env: RunEnvironment,
    stage: StageAccount,
  ) {
    super(options, env, stage)
    this.#fn = fn
    this.#breadth = breadth
  }

  protected take(value: unknown, context: Context | undefined): void {
    this.start(innerNode(this.stage.name, this.#fn(value)), context)
  }

  protected room(): number {
    return this.hasCredit() ? this.#breadth - this.inners.size : 0
  }
}
