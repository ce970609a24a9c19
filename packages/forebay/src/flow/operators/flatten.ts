import { checkInteger, show } from '../../kernel/check.ts'
import { settle, type Context } from '../../kernel/context.ts'
import { operator } from '../../kernel/operator.ts'
import type { Flow } from '../flow.ts'
import { flatMapOperator } from './flat-map.ts'

/**
 * The items of the iterables that come, one after the other; pulled with credit, so one may be endless. What is not
 * iterable fails the flow with a `TypeError`.
 *
 * Emits: when the current iterable has an item. Backpressures: when downstream does, or the iterable has more.
 * Completes: when upstream has and the last iterable is empty. Cancels: when downstream cancels; the open iterable is
 * closed. Loses: nothing.
 */
export function flatten<T>(): (flow: Flow<Iterable<T>>) => Flow<T> {
  const itself = (value: Iterable<T>): Iterable<T> => {
    if (typeof (Object(value) as Partial<Iterable<T>>)[Symbol.iterator] === 'function') return value
    throw new TypeError(`flatten: expected an iterable, got ${show(value)}`)
  }
  const piece = flatMapOperator<Iterable<T>, T>(itself, 'flatten')
  return (flow) => flow.via(piece)
}

/**
 * Each item `times` times.
 *
 * Emits: when an item arrives, until it has been out `times` times. Backpressures: when downstream does. Completes:
 * when upstream has and nothing is held. Cancels: when downstream cancels. Loses: nothing.
 */
export function repeatEach<T>(times: number): (flow: Flow<T>) => Flow<T> {
  checkInteger('repeatEach', times, 1)
  const piece = operator<T, T>('repeatEach', { cardinality: 'many', bound: 1 }, (down) => {
    let value: T | undefined
    let context: Context | undefined
    let left = 0
    let end: (() => void) | undefined
    const emit = (): void => {
      while (left > 0 && down.hasCredit()) {
        // Every copy has a share of the account; the last one takes our own.
        if (--left > 0) context?.lease?.split(1)
        down.push(value as T, context)
      }
      if (left > 0 || end === undefined) return
      const tell = end
      end = undefined
      tell()
    }
    const endWith = (tell: () => void): void => {
      end = tell
      emit()
    }
    return {
      push: (item, itemContext) => {
        value = item
        context = itemContext
        left = times
        emit()
      },
      pull: emit,
      complete: () => endWith(() => down.complete()),
      fail: (error) => endWith(() => down.fail(error)),
      close: () => {
        if (left > 0) settle(context, 'returned', 'cancelled')
        left = 0
        value = context = undefined
      },
      held: () => (left > 0 ? 1 : 0),
    }
  })
  return (flow) => flow.via(piece)
}
