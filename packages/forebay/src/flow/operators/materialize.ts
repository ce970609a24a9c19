import { show } from '../../kernel/check.ts'
import { settle } from '../../kernel/context.ts'
import { operator } from '../../kernel/operator.ts'
import type { Flow } from '../flow.ts'
import { LastItems } from './last-items.ts'

/** An item, or the end, as a value. */
export type Materialized<T> =
  | { readonly kind: 'item'; readonly value: T }
  | { readonly kind: 'complete' }
  | { readonly kind: 'failure'; readonly error: unknown }

/**
 * Each item as a value that says so, and the end as the last one: a failure upstream does not fail the flow, it
 * completes behind the value that tells it. `dematerialize` turns them back.
 *
 * Emits: when an item arrives, and when upstream has ended. Backpressures: when downstream does. Completes: when
 * upstream has ended and the end is out. Cancels: when downstream cancels. Loses: nothing.
 */
export function materialize<T>(): (flow: Flow<T>) => Flow<Materialized<T>> {
  const piece = operator<T, Materialized<T>>('materialize', { cardinality: 'many', catches: true }, (down) => {
    const rest = new LastItems<Materialized<T>>(down)
    return {
      push: (value, context) => down.push({ kind: 'item', value }, context),
      pull: () => rest.emit(),
      complete: () => rest.begin(() => [{ kind: 'complete' }]),
      fail: (error) => rest.begin(() => [{ kind: 'failure', error }]),
    }
  })
  return (flow) => flow.via(piece)
}

/**
 * What the values of `materialize` say: items, then the end. What comes behind an end is not asked for; a value that
 * is none of these fails the flow with a `TypeError`.
 *
 * Emits: when an item arrives as a value. Backpressures: when downstream does. Completes: when the end arrives as a
 * value, or upstream completes. Cancels: when an end arrives as a value, or when downstream cancels. Loses: nothing; a
 * value that tells the end counts as filtered, one that tells a failure as failed.
 */
export function dematerialize<T>(): (flow: Flow<Materialized<T>>) => Flow<T> {
  const piece = operator<Materialized<T>, T>('dematerialize', { cardinality: 'filter' }, (down, control) => {
    let isOver = false
    return {
      push: (value, context) => {
        // What was held above may come behind the end.
        if (isOver) return control.discard(context, 'take')
        const { kind } = Object(value) as Materialized<T>
        if (kind === 'item') down.push((value as { value: T }).value, context)
        else if (kind === 'complete') {
          isOver = true
          settle(context, 'filtered')
          control.finish()
        } else if (kind === 'failure') throw (value as { error: unknown }).error
        else throw new TypeError(`dematerialize: expected a value of materialize, got ${show(value)}`)
      },
      fail: (error) => (isOver ? down.complete() : down.fail(error)),
    }
  })
  return (flow) => flow.via(piece)
}
