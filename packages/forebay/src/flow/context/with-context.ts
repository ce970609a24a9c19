import { checkFunction } from '../../kernel/check.ts'
import { operator } from '../../kernel/operator.ts'
import type { Flow } from '../flow.ts'
import { give, Own, ownOf } from './own.ts'

/** How what items take along becomes one. */
export interface WithContextOptions<C> {
  /** For an item made of several, called from the first to the last; default: that of the first. */
  readonly merge?: (first: C, next: C) => C
}

/**
 * Gives each item something of yours to take along: a trace id, a tenant, a span. It stays with the item through every
 * operator, buffer and junction; copies share it, and what is made of several has it merged. Work reads it as
 * `work.own`, operators with {@link readContext}. It stays in this process: a durable edge does not store it.
 *
 * Emits: when an item arrives. Backpressures: when downstream does. Completes: when upstream completes. Cancels: when
 * downstream cancels. Loses: nothing.
 *
 * @example
 * flow(requests)
 *   .via(withContext(({ headers }) => ({ trace: headers.traceparent })))
 *   .mapAsync((request, { own }) => call(request, own))
 */
export function withContext<T, C>(
  make: (item: T) => C,
  options: WithContextOptions<C> = {},
): (flow: Flow<T>) => Flow<T> {
  checkFunction('withContext', make)
  const { merge } = options
  if (merge !== undefined) checkFunction('merge', merge)
  const piece = operator<T, T>('withContext', { cardinality: 'one' }, (down) => ({
    push: (item, context) => {
      const own = new Own(make(item), merge, ownOf(context)?.scope)
      down.push(item, give(context, own))
    },
  }))
  return (flow) => flow.via(piece)
}

/**
 * Replaces what items take along; `undefined` is given for one that has nothing.
 *
 * Emits: when an item arrives. Backpressures: when downstream does. Completes: when upstream completes. Cancels: when
 * downstream cancels. Loses: nothing.
 */
export function mapContext<T, C, D = C>(fn: (own: C | undefined, item: T) => D): (flow: Flow<T>) => Flow<T> {
  checkFunction('mapContext', fn)
  const piece = operator<T, T>('mapContext', { cardinality: 'one' }, (down) => ({
    push: (item, context) => {
      const own = ownOf(context)
      const value = fn(own?.value as C | undefined, item)
      down.push(item, give(context, own?.with(value) ?? new Own(value, undefined, undefined)))
    },
  }))
  return (flow) => flow.via(piece)
}

/**
 * Makes a result of each item and what it takes along, which is `undefined` where it has nothing.
 *
 * Emits: when an item arrives. Backpressures: when downstream does. Completes: when upstream completes. Cancels: when
 * downstream cancels. Loses: nothing.
 */
export function readContext<T, C, U>(fn: (item: T, own: C | undefined) => U): (flow: Flow<T>) => Flow<U> {
  checkFunction('readContext', fn)
  const piece = operator<T, U>('readContext', { cardinality: 'one' }, (down) => ({
    push: (item, context) => down.push(fn(item, ownOf(context)?.value as C | undefined), context),
  }))
  return (flow) => flow.via(piece)
}
