import { checkFunction } from '../../kernel/check.ts'
import type { Context } from '../../kernel/context.ts'
import type { RunEnvironment } from '../../kernel/run-environment.ts'
import type { StageAccount } from '../../kernel/stage-account.ts'
import type { Flow } from '../flow.ts'
import { junction } from '../junction.ts'
import { innerNode } from './inner-flow.ts'
import { InnerFlows, type InnerFlowsOptions } from './inner-flows.ts'

/**
 * A flow for an item, and while it runs no other: items that come meanwhile are dropped.
 *
 * Emits: when the inner flow does. Backpressures: never; only the inner flow waits for downstream. Completes: when
 * upstream has and the inner flow has ended. Cancels: when downstream cancels; the inner flow gets the reason.
 * Loses: items that come while an inner flow runs, with the reason `busy`.
 *
 * An inner flow may not have side branches. Draining a run lets it run to its end; a failure of upstream cancels it.
 *
 * @example
 * flow(clicks).via(exhaustMap(() => flow(save())))
 */
export function exhaustMap<T, U>(
  fn: (value: T) => Flow<U>,
  options: { name?: string } = {},
): (flow: Flow<T>) => Flow<U> {
  checkFunction('exhaustMap', fn)
  const { name = 'exhaustMap' } = options
  return junction<T, U>(
    'exhaustMap',
    { cardinality: 'many', bound: 1, inner: 1, name, loses: 'items that come while the flow of another runs' },
    (env, stage, graft) => new ExhaustMap(fn, { ahead: 1, exact: true, graft }, env, stage),
  )
}

/** One inner flow, which is left in peace. */
class ExhaustMap extends InnerFlows {
  readonly #fn: (value: any) => unknown

  constructor(fn: (value: any) => unknown, options: InnerFlowsOptions, env: RunEnvironment, stage: StageAccount) {
    super(options, env, stage)
    this.#fn = fn
  }

  protected take(value: unknown, context: Context | undefined): void {
    if (this.inners.size > 0) return this.lose(context, 'busy')
    this.start(innerNode(this.stage.name, this.#fn(value)), context)
  }

  protected room(): number {
    return 1
  }
}
