import { checkFunction } from '../../kernel/check.ts'
import { settle, type Context } from '../../kernel/context.ts'
import { ForebayError } from '../../kernel/errors.ts'
import { operator } from '../../kernel/operator.ts'
import type { Flow } from '../flow.ts'
import { LastItems } from './last-items.ts'

/**
 * The items, or `value` when there are none.
 *
 * Emits: when an item arrives, or upstream has completed without one. Backpressures: when downstream does. Completes:
 * when upstream has, and `value` is out if it is needed. Cancels: when downstream cancels. Loses: nothing.
 */
export function defaultIfEmpty<T, U = T>(value: U): (flow: Flow<T>) => Flow<T | U> {
  const piece = operator<T, T | U>('defaultIfEmpty', { cardinality: 'many' }, (down) => {
    let isEmpty = true
    const rest = new LastItems<T | U>(down)
    return {
      push: (item, context) => {
        isEmpty = false
        down.push(item, context)
      },
      pull: () => rest.emit(),
      complete: () => rest.begin(() => (isEmpty ? [value] : [])),
    }
  })
  return (flow) => flow.via(piece)
}

/**
 * The items; a flow without any fails, with `FOREBAY_EMPTY` unless `error` makes another one.
 *
 * Emits: when an item arrives. Backpressures: when downstream does. Completes: when upstream completes after an item.
 * Cancels: when downstream cancels. Loses: nothing.
 */
export function throwIfEmpty<T>(error?: () => unknown): (flow: Flow<T>) => Flow<T> {
  if (error !== undefined) checkFunction('throwIfEmpty', error)
  const piece = operator<T, T>('throwIfEmpty', { cardinality: 'one' }, (down) => {
    let isEmpty = true
    return {
      push: (value, context) => {
        isEmpty = false
        down.push(value, context)
      },
      complete: () => {
        if (isEmpty) down.fail(madeBy(error))
        else down.complete()
      },
    }
  })
  return (flow) => flow.via(piece)
}

/**
 * The only item of a flow, once it is known to be. No item fails the flow with `FOREBAY_EMPTY`, a second one with
 * `FOREBAY_OVERFLOW`. It holds one item.
 *
 * Emits: when upstream has completed. Backpressures: when downstream does. Completes: when upstream has and nothing is
 * held. Cancels: when downstream cancels, or a second item has come. Loses: nothing; the held item is returned when
 * the flow ends early.
 */
export function single<T>(): (flow: Flow<T>) => Flow<T> {
  const piece = operator<T, T>('single', { cardinality: 'join', bound: 1 }, (down) => {
    let only: { readonly value: T; readonly context: Context | undefined } | undefined
    let isEnding = false
    const emit = (): void => {
      if (!isEnding || only === undefined || !down.hasCredit()) return
      const { value, context } = only
      only = undefined
      isEnding = false
      down.push(value, context)
      down.complete()
    }
    return {
      push: (value, context) => {
        if (only !== undefined) throw new ForebayError('FOREBAY_OVERFLOW', 'single: more than one item')
        only = { value, context }
      },
      pull: emit,
      complete: () => {
        if (only === undefined) return down.fail(madeBy(undefined))
        isEnding = true
        emit()
      },
      close: () => {
        settle(only?.context, 'returned', 'cancelled')
        only = undefined
      },
      held: () => (only === undefined ? 0 : 1),
    }
  })
  return (flow) => flow.via(piece)
}

function madeBy(error: (() => unknown) | undefined): unknown {
  if (error === undefined) return new ForebayError('FOREBAY_EMPTY', 'the flow ended without an item')
  try {
    return error()
  } catch (second) {
    return second
  }
}
