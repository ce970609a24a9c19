import { checkInteger } from '../../kernel/check.ts'
import { joinContexts, settle, type Context } from '../../kernel/context.ts'
import { OrderedHold } from '../../kernel/hold.ts'
import { operator, type Operator } from '../../kernel/operator.ts'
import type { Flow } from '../flow.ts'

/** How a window moves on. */
export interface SlidingOptions {
  /** Items between the starts of two windows; default 1. With more than `size`, the items between are skipped. */
  step?: number
  /** Whether items that have been in no window go out at the end in a shorter one; default true. */
  partial?: boolean
}

/**
 * Windows of `size` items, each `step` items behind the one before: of 1 to 5 with a size of 3, `[1, 2, 3]`, `[2, 3,
 * 4]` and `[3, 4, 5]`. It holds `size` items. When upstream fails, a window that is not full does not go out.
 *
 * Emits: when a window is full, and when upstream has completed if items are left that have been in none.
 * Backpressures: when downstream does. Completes: when upstream has and nothing is held. Cancels: when downstream
 * cancels. Loses: nothing; skipped items count as filtered, and held ones that have been in no window are returned
 * when the flow ends early.
 */
export function sliding<T>(size: number, options: SlidingOptions = {}): (flow: Flow<T>) => Flow<T[]> {
  const { step = 1, partial = true } = options
  checkInteger('sliding size', size, 1, 65_536)
  checkInteger('step', step, 1)
  const piece = windows<T>('sliding', size, step, partial)
  return (flow) => flow.via(piece)
}

/**
 * Each item together with the one before: `[before, item]`. A flow of one item has no pair. It holds one item.
 *
 * Emits: when an item arrives after another. Backpressures: when downstream does. Completes: when upstream completes.
 * Cancels: when downstream cancels. Loses: nothing.
 */
export function pairwise<T>(): (flow: Flow<T>) => Flow<[before: T, item: T]> {
  const piece = windows<T>('pairwise', 2, 1, false) as Operator<T, [T, T]>
  return (flow) => flow.via(piece)
}

/** An item that is in several windows has a share of its account in each, and one of its own while it is held. */
function windows<T>(name: string, size: number, step: number, partial: boolean): Operator<T, T[]> {
  return operator<T, T[]>(name, { cardinality: 'join', bound: size }, (down) => {
    const hold = new OrderedHold(size)
    /** Held items that have been in no window. */
    let unseen = 0
    let toSkip = 0
    let isEnding = false
    const emit = (leaving: number): void => {
      const window: T[] = []
      let contexts: (Context | undefined)[] | undefined
      for (let at = 0; at < hold.length; at++) {
        window.push(hold.valueAt(at) as T)
        const context = hold.contextAt(at)
        if (context === undefined) continue
        if (at >= leaving) context.lease?.split(1)
        ;(contexts ??= []).push(context)
      }
      for (let left = leaving; left > 0; left--) hold.take()
      unseen = 0
      down.push(window, contexts && joinContexts(contexts))
    }
    const flush = (): void => {
      if (!isEnding) return
      if (partial && unseen > 0) {
        if (!down.hasCredit()) return
        emit(hold.length)
      }
      isEnding = false
      giveUp('filtered')
      down.complete()
    }
    const giveUp = (outcome: 'filtered' | 'returned'): void => {
      while (hold.length > 0) {
        const isSeen = hold.length > unseen
        hold.take()
        settle(hold.context, isSeen ? 'filtered' : outcome, 'cancelled')
      }
      unseen = 0
    }
    return {
      push: (value, context) => {
        if (toSkip > 0) {
          toSkip--
          return settle(context, 'filtered')
        }
        hold.put(value, context, 0)
        unseen++
        if (hold.length < size) return
        toSkip = Math.max(0, step - size)
        emit(Math.min(step, size))
      },
      pull: flush,
      complete: () => {
        isEnding = true
        flush()
      },
      close: () => giveUp('returned'),
      held: () => hold.length,
    }
  })
}
