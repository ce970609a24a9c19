import { checkFunction } from '../../kernel/check.ts'
import { operator } from '../../kernel/operator.ts'
import type { Flow } from '../flow.ts'

/**
 * Completes instead of failing, with every error or those for which `when` holds: for sources whose failure is only
 * their way to end. An error of `when` takes the place of the other.
 *
 * Emits: when an item arrives. Backpressures: when downstream does. Completes: when upstream has, or has failed and
 * `when` holds. Cancels: when downstream cancels. Loses: nothing; what has failed above is counted there.
 */
export function onErrorComplete(when: (error: unknown) => boolean = always): <T>(flow: Flow<T>) => Flow<T> {
  checkFunction('onErrorComplete', when)
  return <T>(flow: Flow<T>) =>
    flow.via(
      operator<T, T>('onErrorComplete', { cardinality: 'one', catches: true }, (down) => ({
        push: (value, context) => down.push(value, context),
        fail: (error) => {
          let isEnd: boolean
          try {
            isEnd = when(error)
          } catch (second) {
            return down.fail(second)
          }
          if (isEnd) down.complete()
          else down.fail(error)
        },
      })),
    )
}

const always = (): boolean => true
