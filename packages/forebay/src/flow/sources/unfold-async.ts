import { checkFunction } from '../../kernel/check.ts'
import type { Flow } from '../flow.ts'
import { isThenable } from '../../kernel/is-thenable.ts'
import { asked } from './asked.ts'

/**
 * Like `unfold`, with a `step` that may return a promise of `[item, next state]`, or of `undefined` when there are no
 * more: a page and the cursor of the next. One call is out at a time; `signal` aborts when the flow ends early.
 *
 * Emits: when the result that downstream wants has come. Backpressures: when downstream does; `step` is not called then.
 * Completes: when `step` returns `undefined`. Cancels: when downstream cancels; a call that is out is told. Loses:
 * nothing.
 */
export function unfoldAsync<S, T>(
  seed: S,
  step: (state: S, signal: AbortSignal) => Step<T, S> | PromiseLike<Step<T, S>>,
): Flow<T> {
  checkFunction('unfoldAsync', step)
  return asked<T>('unfoldAsync', () => {
    let state = seed
    return {
      value: undefined,
      ask: (signal) => step(state, signal),
      take(answer: Step<T, S>) {
        if (answer === undefined) return false
        this.value = answer[0]
        state = answer[1]
        return true
      },
    }
  })
}

type Step<T, S> = readonly [item: T, next: S] | undefined

/**
 * One item, the result of a promise, or of the call of a function when the item is wanted: a function is called again
 * for each run, and `signal` aborts when the flow ends early.
 *
 * Emits: when the result has come and downstream wants it. Backpressures: when downstream does. Completes: after its
 * item. Cancels: when downstream cancels; a call that is out is told. Loses: nothing.
 */
export function fromPromise<T>(promise: PromiseLike<T> | ((signal: AbortSignal) => T | PromiseLike<T>)): Flow<T> {
  const ask = isThenable(promise) ? (): unknown => promise : checkFunction('fromPromise', promise)
  return asked<T>('fromPromise', () => ({
    value: undefined,
    isLast: true,
    ask,
    take(answer: T) {
      this.value = answer
      return true
    },
  }))
}
