import { checkFunction } from '../../kernel/check.ts'
import { operator } from '../../kernel/operator.ts'
import type { Flow } from '../flow.ts'
import { fresh } from '../transforms.ts'
import { LastItems } from './last-items.ts'

/** What {@link statefulMap} does with its state. */
export interface StatefulMapOptions<T, S, U> {
  /** Makes the state of a run. */
  create: () => S
  /** The result for one item; may change the state. */
  map: (state: S, value: T) => U
  /** Items to add when upstream completes, pulled with credit; default none. */
  last?: (state: S) => Iterable<U>
}

/**
 * The result of `map` for each item, with a state of the run's own that `map` may change, and last items made of the
 * state once upstream has completed. An error of `last` fails the flow.
 *
 * Emits: when an item arrives, and once upstream has completed while `last` has items. Backpressures: when downstream
 * does. Completes: when upstream has and the items of `last` are out. Cancels: when downstream cancels. Loses:
 * nothing.
 */
export function statefulMap<T, S, U>(options: StatefulMapOptions<T, S, U>): (flow: Flow<T>) => Flow<U> {
  const { create, map, last } = options
  checkFunction('statefulMap create', create)
  checkFunction('statefulMap map', map)
  if (last !== undefined) checkFunction('statefulMap last', last)
  const piece = operator<T, U>('statefulMap', { cardinality: last === undefined ? 'one' : 'many' }, (down) => {
    const state = create()
    const push = (value: T, context: Parameters<typeof down.push>[1]): void => down.push(map(state, value), context)
    if (last === undefined) return { push }
    const rest = new LastItems<U>(down)
    return {
      push,
      pull: () => rest.emit(),
      complete: () => rest.begin(() => last(state)),
      close: () => rest.close(),
    }
  })
  return (flow) => flow.via(piece)
}

/**
 * Like `scan`, with a result beside the state: `fn` returns `[state, result]`, and the results go on. The state is
 * never changed in place.
 *
 * Emits: when an item arrives. Backpressures: when downstream does. Completes: when upstream completes. Cancels: when
 * downstream cancels. Loses: nothing.
 */
export function mapAccumulate<T, S, U>(
  fn: (state: S, value: T) => readonly [state: S, result: U],
  initial: S | (() => S),
): (flow: Flow<T>) => Flow<U> {
  checkFunction('mapAccumulate', fn)
  const start = fresh(initial)
  const piece = operator<T, U>('mapAccumulate', { cardinality: 'one' }, (down) => {
    let state = start()
    return {
      push: (value, context) => {
        const [next, result] = fn(state, value)
        state = next
        down.push(result, context)
      },
    }
  })
  return (flow) => flow.via(piece)
}
