import { checkFunction } from '../../kernel/check.ts'
import { settle, type Context } from '../../kernel/context.ts'
import { operator } from '../../kernel/operator.ts'
import type { Flow } from '../flow.ts'
import { isSameKey } from '../same-key.ts'

/**
 * The first item of each run of neighbours with the same key, with their number: `[item, count]`. Like
 * `distinctUntilChanged`, and it says what it left out. Keys are compared with `Object.is`; the key is the item itself
 * unless `by` is given.
 *
 * Emits: when the key changes, or upstream has ended. Backpressures: when downstream does. Completes: when upstream
 * has and nothing is held. Cancels: when downstream cancels. Loses: nothing; an unchanged item counts as filtered.
 */
export function countUntilChanged<T>(
  by: (value: T) => unknown = same,
): (flow: Flow<T>) => Flow<[item: T, count: number]> {
  checkFunction('countUntilChanged', by)
  const piece = operator<T, [T, number]>('countUntilChanged', { cardinality: 'join', bound: 2 }, (down) => {
    let first: T | undefined
    let context: Context | undefined
    let key: unknown
    let count = 0
    let end: (() => void) | undefined
    const emit = (): void => {
      if (end === undefined) return
      if (count > 0) {
        if (!down.hasCredit()) return
        const pair: [T, number] = [first as T, count]
        count = 0
        down.push(pair, context)
      }
      const tell = end
      end = undefined
      tell()
    }
    const endWith = (tell: () => void): void => {
      end = tell
      emit()
    }
    return {
      push: (value, itemContext) => {
        const itemKey = by(value)
        if (count > 0 && isSameKey(itemKey, key)) {
          count++
          return settle(itemContext, 'filtered')
        }
        const pair: [T, number] = [first as T, count]
        const pairContext = context
        first = value
        context = itemContext
        key = itemKey
        count = 1
        if (pair[1] > 0) down.push(pair, pairContext)
      },
      pull: emit,
      complete: () => endWith(() => down.complete()),
      fail: (error) => endWith(() => down.fail(error)),
      close: () => {
        if (count > 0) settle(context, 'returned', 'cancelled')
        count = 0
      },
      held: () => (count > 0 ? 1 : 0),
    }
  })
  return (flow) => flow.via(piece)
}

const same = (value: unknown): unknown => value
