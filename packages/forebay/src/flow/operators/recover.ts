import { checkFunction } from '../../kernel/check.ts'
import { noRecord } from '../../kernel/context.ts'
import { operator, type Operator } from '../../kernel/operator.ts'
import type { Flow } from '../flow.ts'

/** Instead of failing, one last item made of the error, then completion. The item is no record of a source. */
export function recoverOperator<T, U>(fn: (error: unknown) => U): Operator<T, T | U> {
  checkFunction('recover', fn)
  return operator<T, T | U>('recover', { cardinality: 'many', bound: 1, catches: true }, (down) => {
    let last: { value: U } | undefined
    const emit = (): void => {
      if (last === undefined || !down.hasCredit()) return
      const { value } = last
      last = undefined
      down.push(value, noRecord)
      down.complete()
    }
    return {
      push: (value, context) => down.push(value, context),
      pull: emit,
      fail: (error) => {
        try {
          last = { value: fn(error) }
        } catch (second) {
          return down.fail(second)
        }
        emit()
      },
    }
  })
}

/**
 * The same failure in other words: `fn` gets the error and returns the one to fail with.
 *
 * Emits: when an item arrives. Backpressures: when downstream does. Completes: when upstream completes.
 * Cancels: when downstream cancels. Loses: nothing.
 */
export function mapError<T>(fn: (error: unknown) => unknown): (flow: Flow<T>) => Flow<T> {
  checkFunction('mapError', fn)
  const piece = operator<T, T>('mapError', { cardinality: 'one', catches: true }, (down) => {
    return {
      push: (value, context) => down.push(value, context),
      fail: (error) => {
        let told = error
        try {
          told = fn(error)
        } catch (second) {
          told = second
        }
        down.fail(told)
      },
    }
  })
  return (flow) => flow.via(piece)
}
