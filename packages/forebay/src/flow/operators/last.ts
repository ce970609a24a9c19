import { checkInteger } from '../../kernel/check.ts'
import { settle } from '../../kernel/context.ts'
import { OrderedHold } from '../../kernel/hold.ts'
import { operator } from '../../kernel/operator.ts'
import type { Flow } from '../flow.ts'

/** Items that may be held until it is known whether they are among the last. */
const MAX = 1_048_576

/**
 * The last `count` items, once upstream has completed; all of them when there are fewer. It holds `count` items.
 *
 * Emits: when upstream has completed. Backpressures: when downstream does. Completes: when upstream has and the held
 * items are out. Cancels: when downstream cancels. Loses: nothing; an item that is not among the last counts as
 * filtered, and what is held when upstream fails or downstream cancels is returned.
 */
export function takeLast<T>(count: number): (flow: Flow<T>) => Flow<T> {
  checkInteger('takeLast', count, 1, MAX)
  const piece = operator<T, T>('takeLast', { cardinality: 'join', bound: count, gathers: Infinity }, (down) => {
    const hold = new OrderedHold(count)
    let isEnding = false
    const emit = (): void => {
      while (isEnding && down.hasCredit() && hold.length > 0) {
        hold.take()
        down.push(hold.taken as T, hold.context)
      }
      if (!isEnding || hold.length > 0) return
      isEnding = false
      down.complete()
    }
    return {
      push: (value, context) => {
        if (hold.length === count) {
          hold.take()
          settle(hold.context, 'filtered')
        }
        hold.put(value, context, 0)
      },
      pull: emit,
      complete: () => {
        isEnding = true
        emit()
      },
      close: () => giveBack(hold),
      held: () => hold.length,
    }
  })
  return (flow) => flow.via(piece)
}

/**
 * Everything but the last `count` items: each item goes on when `count` more have come. It holds `count` items.
 *
 * Emits: when an item arrives after `count` have. Backpressures: when downstream does. Completes: when upstream
 * completes. Cancels: when downstream cancels. Loses: nothing; the last items count as filtered, unless upstream fails
 * or downstream cancels: then what is held is returned.
 */
export function skipLast<T>(count: number): (flow: Flow<T>) => Flow<T> {
  checkInteger('skipLast', count, 1, MAX)
  const piece = operator<T, T>('skipLast', { cardinality: 'join', bound: count }, (down) => {
    const hold = new OrderedHold(count)
    return {
      push: (value, context) => {
        if (hold.length < count) return hold.put(value, context, 0)
        hold.take()
        const { taken, context: oldest } = hold
        hold.put(value, context, 0)
        down.push(taken as T, oldest)
      },
      complete: () => {
        while (hold.length > 0) {
          hold.take()
          settle(hold.context, 'filtered')
        }
        down.complete()
      },
      close: () => giveBack(hold),
      held: () => hold.length,
    }
  })
  return (flow) => flow.via(piece)
}

function giveBack(hold: OrderedHold): void {
  while (hold.length > 0) {
    hold.take()
    settle(hold.context, 'returned', 'cancelled')
  }
}
