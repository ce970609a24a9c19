import { checkFunction } from '../../kernel/check.ts'
import type { Flow } from '../flow.ts'
import { junction } from '../junction.ts'
import { FlatMap } from './flat-map-merge.ts'

/** Items that may be asked for in one go, always within what downstream has asked for. */
const SLICE = 64

/**
 * A flow for each item, one after the other: the items of the first, then those of the second, and so on. Upstream is
 * asked for an item when the flow before it is over.
 *
 * Emits: when the inner flow does. Backpressures: when downstream does, and while an inner flow runs. Completes: when
 * upstream has and the inner flow has ended. Cancels: when downstream cancels; the inner flow gets the reason.
 * Loses: nothing; a failure of upstream comes behind the items of the inner flow.
 *
 * An inner flow may not have side branches. Draining a run lets it run to its end. For arrays and other iterables
 * `flow.flatMap` costs less.
 *
 * @example
 * flow(pages).via(flatMapConcat((page) => flow(fetchRows(page))))
 */
export function flatMapConcat<T, U>(
  fn: (value: T) => Flow<U>,
  options: { name?: string } = {},
): (flow: Flow<T>) => Flow<U> {
  checkFunction('flatMapConcat', fn)
  const { name = 'flatMapConcat' } = options
  return junction<T, U>(
    'flatMapConcat',
    { cardinality: 'many', bound: SLICE, inner: 1, name },
    (env, stage, graft) => new InTurn(fn, 1, { ahead: SLICE, exact: true, graft }, env, stage),
  )
}

/** What failed above came after the item whose flow runs. */
class InTurn extends FlatMap {
  protected override flush(): void {}
}
