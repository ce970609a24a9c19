import { noRecord, settle, type Context } from '../../kernel/context.ts'
import { operator } from '../../kernel/operator.ts'
import type { Flow } from '../flow.ts'
import { LastItems } from './last-items.ts'

/**
 * `items` first, then those of the flow. They come before a failure as well.
 *
 * Emits: when downstream wants the first items, then when an item arrives. Backpressures: when downstream does.
 * Completes: when upstream has and `items` are out. Cancels: when downstream cancels. Loses: nothing.
 */
export function startWith<T, U = T>(...items: readonly U[]): (flow: Flow<T>) => Flow<T | U> {
  const piece = operator<T, T | U>('startWith', { cardinality: 'many' }, (down) => {
    let next = 0
    let end: (() => void) | undefined
    const emit = (): void => {
      while (next < items.length && down.hasCredit()) down.push(items[next++] as U, noRecord)
      if (next < items.length || end === undefined) return
      const tell = end
      end = undefined
      tell()
    }
    const endWith = (tell: () => void): void => {
      end = tell
      emit()
    }
    return {
      push: (value, context) => down.push(value, context),
      pull: emit,
      complete: () => endWith(() => down.complete()),
      fail: (error) => endWith(() => down.fail(error)),
    }
  })
  return (flow) => flow.via(piece)
}

/**
 * The items of the flow, then `items`, unless it fails.
 *
 * Emits: when an item arrives, and when upstream has completed. Backpressures: when downstream does. Completes: when
 * upstream has and `items` are out. Cancels: when downstream cancels. Loses: nothing.
 */
export function endWith<T, U = T>(...items: readonly U[]): (flow: Flow<T>) => Flow<T | U> {
  const piece = operator<T, T | U>('endWith', { cardinality: 'many' }, (down) => {
    const rest = new LastItems<T | U>(down)
    return {
      push: (value, context) => down.push(value, context),
      pull: () => rest.emit(),
      complete: () => rest.begin(() => items),
    }
  })
  return (flow) => flow.via(piece)
}

/** What {@link intersperse} puts around the items. */
export interface IntersperseOptions<U> {
  /** Comes before the first item, also when there is none. Default: nothing does. */
  start?: U
  /** Comes after the last item, also when there is none. Default: nothing does. */
  end?: U
}

/**
 * `separator` between the items, and what the options say around them: `intersperse(',', { start: '[', end: ']' })`. A
 * flow that fails has no end.
 *
 * Emits: when an item arrives, with what belongs before it, and when upstream has completed. Backpressures: when
 * downstream does. Completes: when upstream has and `end` is out. Cancels: when downstream cancels. Loses: nothing.
 */
export function intersperse<T, U = T>(
  separator: U,
  options: IntersperseOptions<U> = {},
): (flow: Flow<T>) => Flow<T | U> {
  const start = 'start' in options ? [options.start as U] : []
  const last = 'end' in options ? [options.end as U] : []
  const piece = operator<T, T | U>('intersperse', { cardinality: 'many', bound: 1 }, (down) => {
    let before: readonly U[] = start
    /** The item behind what was put before it, as long as there is no credit for both. */
    let isHolding = false
    let value: T | undefined
    let context: Context | undefined
    let end: (() => void) | undefined
    const rest = new LastItems<T | U>(down)
    const emit = (): void => {
      if (isHolding && down.hasCredit()) {
        isHolding = false
        down.push(value as T, context)
      }
      if (isHolding || end === undefined) return
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
        const [added] = before
        const isAdding = before.length > 0
        if (before === start) before = [separator]
        if (!isAdding) return down.push(item, itemContext)
        isHolding = true
        value = item
        context = itemContext
        down.push(added as U, noRecord)
        emit()
      },
      pull: () => {
        emit()
        rest.emit()
      },
      complete: () => endWith(() => rest.begin(() => (before === start ? [...start, ...last] : last))),
      fail: (error) => endWith(() => down.fail(error)),
      close: () => {
        if (isHolding) settle(context, 'returned', 'cancelled')
        isHolding = false
      },
      held: () => (isHolding ? 1 : 0),
    }
  })
  return (flow) => flow.via(piece)
}
