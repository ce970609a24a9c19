import { checkFunction, show } from '../../kernel/check.ts'
import { ForebayError } from '../../kernel/errors.ts'
import { operator } from '../../kernel/operator.ts'
import type { Flow } from '../flow.ts'

/**
 * All items, of which `holds` must be true: the first for which it returns something falsy fails the flow with
 * `FOREBAY_CHECK_FAILED` and its index. `describe` says in the message what was expected, or is that message.
 *
 * Emits: when an item arrives. Backpressures: when downstream does. Completes: when upstream completes. Cancels: when
 * downstream cancels, or an item does not pass. Loses: nothing; the item with which it fails counts as failed.
 */
export function checkItems<T, U extends T>(
  holds: (value: T) => value is U,
  describe?: string | ((value: T) => string),
): (flow: Flow<T>) => Flow<U>
export function checkItems<T>(
  holds: (value: T) => unknown,
  describe?: string | ((value: T) => string),
): (flow: Flow<T>) => Flow<T>
export function checkItems<T>(
  holds: (value: T) => unknown,
  describe: string | ((value: T) => string) = show,
): (flow: Flow<T>) => Flow<T> {
  checkFunction('checkItems', holds)
  const say = typeof describe === 'string' ? (): string => describe : checkFunction('checkItems describe', describe)
  const piece = operator<T, T>('checkItems', { cardinality: 'one' }, (down) => {
    let index = 0
    return {
      push: (value, context) => {
        if (!holds(value)) {
          throw new ForebayError('FOREBAY_CHECK_FAILED', `checkItems: item ${index} does not pass: ${say(value)}`)
        }
        index++
        down.push(value, context)
      },
    }
  })
  return (flow) => flow.via(piece)
}
