import { checkFunction } from '../../kernel/check.ts'
import type { Context } from '../../kernel/context.ts'
import { operator, type Operator } from '../../kernel/operator.ts'

/** Instead of failing, one last item made of the error, then completion. */
export function recoverOperator<T, U>(fn: (error: unknown) => U): Operator<T, T | U> {
  checkFunction('recover', fn)
  return operator<T, T | U>('recover', { cardinality: 'one', bound: 1 }, (down) => {
    let last: { value: U } | undefined
    const emit = (): void => {
      if (last === undefined || !down.hasCredit()) return
      const { value } = last
      last = undefined
      down.push(value, undefined)
      down.complete()
    }
    const logic = {
      inside: false,
      push: (value: T, context: Context | undefined) => {
        logic.inside = true
        down.push(value, context)
        logic.inside = false
      },
      pull: emit,
      fail: (error: unknown) => {
        try {
          last = { value: fn(error) }
        } catch (second) {
          return down.fail(second)
        }
        emit()
      },
      held: () => (last === undefined ? 0 : 1),
    }
    return logic
  })
}

/**
 * The same failure in other words: `fn` gets the error and returns the one to fail with.
 *
 * Emits: when an item arrives. Backpressures: when downstream does. Completes: when upstream completes.
 * Cancels: when downstream cancels. Loses: nothing.
 */
export function mapError<T>(fn: (error: unknown) => unknown): Operator<T, T> {
  checkFunction('mapError', fn)
  return operator<T, T>('mapError', { cardinality: 'one' }, (down) => {
    const logic = {
      inside: false,
      push: (value: T, context: Context | undefined) => {
        logic.inside = true
        down.push(value, context)
        logic.inside = false
      },
      fail: (error: unknown) => {
        let told = error
        try {
          told = fn(error)
        } catch (second) {
          told = second
        }
        down.fail(told)
      },
    }
    return logic
  })
}
