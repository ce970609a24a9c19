import { checkFunction, show } from '../../kernel/check.ts'
import { ForebayError } from '../../kernel/errors.ts'
import type { Flow } from '../flow.ts'
import { made } from './made.ts'

/**
 * Items made of a state: `step` returns `[item, next state]`, or `undefined` when there are no more.
 *
 * Emits: when downstream wants an item. Backpressures: when downstream does; `step` is not called then. Completes: when
 * `step` returns `undefined`. Cancels: when downstream cancels. Loses: nothing.
 */
export function unfold<S, T>(seed: S, step: (state: S) => readonly [item: T, next: S] | undefined): Flow<T> {
  checkFunction('unfold', step)
  return made<T>('unfold', () => {
    let state = seed
    return {
      value: undefined,
      next() {
        const result = step(state)
        if (result === undefined) return false
        this.value = result[0]
        state = result[1]
        return true
      },
    }
  })
}

/**
 * `seed`, then what `next` makes of each item, without end. `next` is called when its result is wanted, not before.
 *
 * Emits: when downstream wants an item. Backpressures: when downstream does; `next` is not called then. Completes:
 * never. Cancels: when downstream cancels. Loses: nothing.
 */
export function iterate<T>(seed: T, next: (item: T) => T): Flow<T> {
  checkFunction('iterate', next)
  return made<T>('iterate', () => {
    let isFirst = true
    return {
      value: seed,
      next() {
        if (!isFirst) this.value = next(this.value as T)
        isFirst = false
        return true
      },
    }
  })
}

/**
 * The same item, without end.
 *
 * Emits: when downstream wants an item. Backpressures: when downstream does. Completes: never. Cancels: when downstream
 * cancels. Loses: nothing.
 */
export function repeat<T>(value: T): Flow<T> {
  return made<T>('repeat', () => ({ value, next: () => true }))
}

/**
 * The items of an iterable again and again, without end; a function is called for each round. A round without items
 * fails the flow with `FOREBAY_EMPTY`, because none would ever come.
 *
 * Emits: when downstream wants an item. Backpressures: when downstream does. Completes: never. Cancels: when downstream
 * cancels; the open iterable is closed. Loses: nothing.
 */
export function cycle<T>(items: Iterable<T> | (() => Iterable<T>)): Flow<T> {
  const isIterable = typeof (Object(items) as Partial<Iterable<T>>)[Symbol.iterator] === 'function'
  if (!isIterable && typeof items !== 'function') {
    throw new TypeError(`cycle: expected an iterable or a function that makes one, got ${show(items)}`)
  }
  const open = typeof items === 'function' ? items : (): Iterable<T> => items
  return made<T>('cycle', () => {
    let round: Iterator<T> | undefined
    const ask = (): IteratorResult<T> => {
      const asked = (round ??= open()[Symbol.iterator]())
      // An iterator that throws has ended by itself.
      round = undefined
      const result = asked.next()
      if (result.done !== true) round = asked
      return result
    }
    return {
      value: undefined,
      next() {
        const isFirst = round === undefined
        let result = ask()
        if (result.done === true && !isFirst) result = ask()
        if (result.done === true) throw new ForebayError('FOREBAY_EMPTY', 'cycle: a round without items')
        this.value = result.value
        return true
      },
      close: () => void round?.return?.(),
    }
  })
}
