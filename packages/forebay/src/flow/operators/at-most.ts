import { checkFunction, checkInteger, checkNumber } from '../../kernel/check.ts'
import { ForebayError } from '../../kernel/errors.ts'
import { operator } from '../../kernel/operator.ts'
import type { Flow } from '../flow.ts'

/**
 * All items, of which there may be `max`: one more fails the flow with `FOREBAY_OVERFLOW`. For what should never be
 * longer, such as the parts of a request; `take` ends quietly instead.
 *
 * Emits: when an item arrives. Backpressures: when downstream does. Completes: when upstream completes. Cancels: when
 * downstream cancels, or one item too many has come. Loses: nothing; the item with which it fails counts as failed.
 */
export function atMost<T>(max: number): (flow: Flow<T>) => Flow<T> {
  checkInteger('atMost', max, 0, Number.MAX_SAFE_INTEGER)
  const piece = operator<T, T>('atMost', { cardinality: 'one' }, (down) => {
    let left = max
    return {
      push: (value, context) => {
        if (left-- <= 0) throw new ForebayError('FOREBAY_OVERFLOW', `atMost: more than ${max} items`)
        down.push(value, context)
      },
    }
  })
  return (flow) => flow.via(piece)
}

/**
 * All items, which may weigh `max` together: the item that exceeds it fails the flow with `FOREBAY_OVERFLOW`. A weight
 * that is not a number from 0 fails it with a `RangeError`.
 *
 * Emits: when an item arrives. Backpressures: when downstream does. Completes: when upstream completes. Cancels: when
 * downstream cancels, or an item too heavy has come. Loses: nothing; the item with which it fails counts as failed.
 */
export function atMostWeight<T>(max: number, weightOf: (value: T) => number): (flow: Flow<T>) => Flow<T> {
  checkNumber('atMostWeight', max, 0, Infinity)
  checkFunction('atMostWeight weightOf', weightOf)
  const piece = operator<T, T>('atMostWeight', { cardinality: 'one' }, (down) => {
    let sum = 0
    return {
      push: (value, context) => {
        sum += checkNumber('weight', weightOf(value), 0, Infinity)
        if (sum > max) throw new ForebayError('FOREBAY_OVERFLOW', `atMostWeight: ${sum} is more than ${max}`)
        down.push(value, context)
      },
    }
  })
  return (flow) => flow.via(piece)
}
