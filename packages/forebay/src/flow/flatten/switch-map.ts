import { checkFunction } from '../../kernel/check.ts'
import type { Context } from '../../kernel/context.ts'
import type { RunEnvironment } from '../../kernel/run-environment.ts'
import type { StageAccount } from '../../kernel/stage-account.ts'
import type { Flow } from '../flow.ts'
import { junction } from '../junction.ts'
import { innerNode } from './inner-flow.ts'
import { InnerFlows, type InnerFlowsOptions } from './inner-flows.ts'

/**
 * A flow for the newest item: when the next one comes, the flow of the one before is cancelled.
 *
 * Emits: when the inner flow does. Backpressures: never; only the inner flow waits for downstream. Completes: when
 * upstream has and the inner flow has ended. Cancels: when downstream cancels; the inner flow gets the reason.
 * Loses: with the reason `switched`, each item whose flow was cancelled for a newer one, and the item which that flow
 * had handed over.
 *
 * An inner flow may not have side branches. Draining a run lets it run to its end; a failure of upstream cancels it.
 *
 * @example
 * flow(queries).via(switchMap((query) => flow(search(query))))
 */
export function switchMap<T, U>(
  fn: (value: T) => Flow<U>,
  options: { name?: string } = {},
): (flow: Flow<T>) => Flow<U> {
  checkFunction('switchMap', fn)
  const { name = 'switchMap' } = options
  return junction<T, U>(
    'switchMap',
    {
      cardinality: 'many',
      bound: 1,
      inner: 1,
      name,
      loses: 'items for which a newer one came before their flow had ended',
    },
    (env, stage, graft) => new SwitchMap(fn, { ahead: 1, exact: true, graft }, env, stage),
  )
}

/** One inner flow, which gives way to the next. */
class SwitchMap extends InnerFlows {
  readonly #fn: (value: any) => unknown

  constructor(fn: (value: any) => unknown, options: InnerFlowsOptions, env: RunEnvironment, stage: StageAccount) {
    super(options, env, stage)
    this.#fn = fn
  }

  protected take(value: unknown, context: Context | undefined): void {
    const node = innerNode(this.stage.name, this.#fn(value))
    for (const inner of this.inners) this.cut(inner, 'switched', 'switched', true)
    this.start(node, context)
  }

  protected room(): number {
    return 1
  }
}
