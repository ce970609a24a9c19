import { checkInteger, checkNumber } from '../../kernel/check.ts'
import { operator } from '../../kernel/operator.ts'
import type { Flow } from '../flow.ts'

/**
 * One item in `count`: the first, and then each `count`-th. For looking at a busy flow; what is left out is lost on
 * purpose, and counted.
 *
 * Emits: when the first of `count` items arrives. Backpressures: when downstream does. Completes: when upstream
 * completes. Cancels: when downstream cancels. Loses: the other items, with the reason `sampled`.
 */
export function sampleEvery<T>(count: number): (flow: Flow<T>) => Flow<T> {
  checkInteger('sampleEvery', count, 1)
  const loses = `${count - 1} of ${count} items`
  const piece = operator<T, T>('sampleEvery', { cardinality: 'filter', loses }, (down, control) => {
    let seen = 0
    return {
      push: (value, context) => {
        const isFirst = seen === 0
        seen = (seen + 1) % count
        if (isFirst) down.push(value, context)
        else control.discard(context, 'sampled')
      },
    }
  })
  return (flow) => flow.via(piece)
}

/**
 * About `percent` of the items, chosen by the chance of the run: `run({ random: seededRandom(1) })` makes the choice
 * repeatable. What is left out is lost on purpose, and counted.
 *
 * Emits: when an item is chosen. Backpressures: when downstream does. Completes: when upstream completes. Cancels:
 * when downstream cancels. Loses: the other items, with the reason `sampled`.
 */
export function sampleRandom<T>(percent: number): (flow: Flow<T>) => Flow<T> {
  checkNumber('sampleRandom percent', percent, 0, 100)
  const loses = `about ${100 - percent} % of the items`
  const piece = operator<T, T>('sampleRandom', { cardinality: 'filter', loses }, (down, control) => ({
    push: (value, context) => {
      if (control.random.next() * 100 < percent) down.push(value, context)
      else control.discard(context, 'sampled')
    },
  }))
  return (flow) => flow.via(piece)
}
