import { checkFunction, checkInteger } from '../../kernel/check.ts'
import { settle } from '../../kernel/context.ts'
import { operator, type Operator } from '../../kernel/operator.ts'
import { isSameKey } from '../same-key.ts'

/** What makes two items the same, and how many are remembered. */
export interface DistinctOptions<T> {
  /** Keys remembered; the one seen longest ago is forgotten first, and its next item passes again. */
  max: number
  /** Key of an item, compared like the keys of a `Map`; default the item itself. */
  by?: (value: T) => unknown
}

/** Items whose key is not among the last `max` keys. */
export function distinctOperator<T>({ max, by = same }: DistinctOptions<T>): Operator<T, T> {
  checkInteger('distinct max', max, 1)
  checkFunction('distinct by', by)
  return operator<T, T>('distinct', { cardinality: 'filter' }, (down) => {
    const seen = new Set<unknown>()
    return {
      push: (value, context) => {
        const key = by(value)
        const isNew = !seen.delete(key)
        seen.add(key)
        if (!isNew) return settle(context, 'filtered')
        if (seen.size > max) seen.delete(seen.values().next().value)
        down.push(value, context)
      },
      close: () => seen.clear(),
    }
  })
}

/** Items whose key differs from that of the item before. */
export function distinctUntilChangedOperator<T>(by: (value: T) => unknown = same): Operator<T, T> {
  checkFunction('distinctUntilChanged', by)
  return operator<T, T>('distinctUntilChanged', { cardinality: 'filter' }, (down) => {
    let last: { key: unknown } | undefined
    return {
      push: (value, context) => {
        const key = by(value)
        if (last !== undefined && isSameKey(last.key, key)) return settle(context, 'filtered')
        last = { key }
        down.push(value, context)
      },
    }
  })
}

const same = (value: unknown): unknown => value
