import { checkFunction } from '../../kernel/check.ts'
import { settle, type Context } from '../../kernel/context.ts'
import { operator, type Operator } from '../../kernel/operator.ts'
import type { Flow } from '../flow.ts'

/** What items are ordered by. */
export type Rank = number | string | bigint | boolean | Date

/**
 * The smallest item, or the one for which `by` returns the smallest value, when there are no more; the first of
 * several. Items whose value is `NaN` do not take part. A flow without items has none. It holds one item.
 *
 * Emits: when upstream has completed. Backpressures: when downstream does. Completes: when upstream has and nothing is
 * held. Cancels: when downstream cancels. Loses: nothing; the other items count as filtered.
 */
export function min<T extends Rank>(): (flow: Flow<T>) => Flow<T>
export function min<T>(by: (value: T) => Rank): (flow: Flow<T>) => Flow<T>
export function min<T>(by: (value: T) => Rank = itself): (flow: Flow<T>) => Flow<T> {
  checkFunction('min', by)
  const piece = extreme<T>('min', by, (candidate, best) => candidate < best)
  return (flow) => flow.via(piece)
}

/**
 * The largest item, or the one for which `by` returns the largest value, when there are no more; the first of several.
 * Items whose value is `NaN` do not take part. A flow without items has none. It holds one item.
 *
 * Emits: when upstream has completed. Backpressures: when downstream does. Completes: when upstream has and nothing is
 * held. Cancels: when downstream cancels. Loses: nothing; the other items count as filtered.
 */
export function max<T extends Rank>(): (flow: Flow<T>) => Flow<T>
export function max<T>(by: (value: T) => Rank): (flow: Flow<T>) => Flow<T>
export function max<T>(by: (value: T) => Rank = itself): (flow: Flow<T>) => Flow<T> {
  checkFunction('max', by)
  const piece = extreme<T>('max', by, (candidate, best) => candidate > best)
  return (flow) => flow.via(piece)
}

function extreme<T>(
  name: string,
  by: (value: T) => Rank,
  isBetter: (candidate: Rank, best: Rank) => boolean,
): Operator<T, T> {
  return operator<T, T>(name, { cardinality: 'join', bound: 1, gathers: Infinity }, (down) => {
    let best: { readonly value: T; readonly rank: Rank; readonly context: Context | undefined } | undefined
    let isEnding = false
    const emit = (): void => {
      if (!isEnding) return
      if (best !== undefined) {
        if (!down.hasCredit()) return
        const { value, context } = best
        best = undefined
        down.push(value, context)
      }
      isEnding = false
      down.complete()
    }
    return {
      push: (value, context) => {
        const rank = by(value)
        const isUnranked = typeof rank !== 'string' && Number.isNaN(Number(rank))
        if (isUnranked || (best !== undefined && !isBetter(rank, best.rank))) return settle(context, 'filtered')
        settle(best?.context, 'filtered')
        best = { value, rank, context }
      },
      pull: emit,
      complete: () => {
        isEnding = true
        emit()
      },
      close: () => {
        settle(best?.context, 'returned', 'cancelled')
        best = undefined
      },
      held: () => (best === undefined ? 0 : 1),
    }
  })
}

const itself = (value: unknown): Rank => value as Rank
