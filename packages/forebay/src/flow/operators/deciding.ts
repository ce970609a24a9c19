import { checkFunction, checkInteger } from '../../kernel/check.ts'
import { settle } from '../../kernel/context.ts'
import { operator } from '../../kernel/operator.ts'
import type { Flow } from '../flow.ts'
import { LastItems } from './last-items.ts'
import { isSameKey } from '../same-key.ts'

/**
 * The first item for which `test` returns something truthy; a flow without such an item has none.
 *
 * Emits: when an item passes. Backpressures: when downstream does. Completes: after that item, or when upstream
 * completes. Cancels: after that item, or when downstream cancels. Loses: nothing; the items before count as filtered.
 */
export function find<T, U extends T>(test: (value: T) => value is U): (flow: Flow<T>) => Flow<U>
export function find<T>(test: (value: T) => unknown): (flow: Flow<T>) => Flow<T>
export function find<T>(test: (value: T) => unknown): (flow: Flow<T>) => Flow<T> {
  checkFunction('find', test)
  return decided<T, T>('find', () => ({ see: (value) => (test(value) ? value : undecided), end: () => [] }))
}

/**
 * The index of the first item for which `test` returns something truthy, from 0; -1 when there is none.
 *
 * Emits: when an item passes, or upstream has completed. Backpressures: when downstream does. Completes: after its
 * item. Cancels: after its item, or when downstream cancels. Loses: nothing; the items before count as filtered.
 */
export function findIndex<T>(test: (value: T) => unknown): (flow: Flow<T>) => Flow<number> {
  checkFunction('findIndex', test)
  return decided<T, number>('findIndex', () => {
    let next = 0
    return {
      see: (value) => {
        const index = next++
        return test(value) ? index : undecided
      },
      end: () => [-1],
    }
  })
}

/**
 * The item with an index, counted from 0; a shorter flow has none: `.via(throwIfEmpty())` makes that a failure.
 *
 * Emits: when that item arrives. Backpressures: when downstream does. Completes: after that item, or when upstream
 * completes. Cancels: after that item, or when downstream cancels. Loses: nothing; the items before count as filtered.
 */
export function elementAt<T>(index: number): (flow: Flow<T>) => Flow<T> {
  checkInteger('elementAt', index, 0, Number.MAX_SAFE_INTEGER)
  return decided<T, T>('elementAt', () => {
    let left = index
    return { see: (value) => (left-- === 0 ? value : undecided), end: () => [] }
  })
}

/**
 * Whether `test` returns something truthy for every item: false at the first for which it does not, true when there
 * are no more.
 *
 * Emits: when an item does not pass, or upstream has completed. Backpressures: when downstream does. Completes: after
 * its item. Cancels: after its item, or when downstream cancels. Loses: nothing; the items before count as filtered.
 */
export function every<T>(test: (value: T) => unknown): (flow: Flow<T>) => Flow<boolean> {
  checkFunction('every', test)
  return decided<T, boolean>('every', () => ({
    see: (value) => (test(value) ? undecided : false),
    end: () => [true],
  }))
}

/**
 * Whether `test` returns something truthy for any item: true at the first, false when there are no more.
 *
 * Emits: when an item passes, or upstream has completed. Backpressures: when downstream does. Completes: after its
 * item. Cancels: after its item, or when downstream cancels. Loses: nothing; the items before count as filtered.
 */
export function some<T>(test: (value: T) => unknown): (flow: Flow<T>) => Flow<boolean> {
  checkFunction('some', test)
  return decided<T, boolean>('some', () => ({
    see: (value) => (test(value) ? true : undecided),
    end: () => [false],
  }))
}

/**
 * Whether an item is `wanted`, compared as `Array.includes` does: `NaN` is found.
 *
 * Emits: when it arrives, or upstream has completed. Backpressures: when downstream does. Completes: after its item.
 * Cancels: after its item, or when downstream cancels. Loses: nothing; the items before count as filtered.
 */
export function includes<T>(wanted: T): (flow: Flow<T>) => Flow<boolean> {
  return decided<T, boolean>('includes', () => ({
    see: (value) => (isSameKey(value, wanted) ? true : undecided),
    end: () => [false],
  }))
}

/**
 * Whether the flow has no item: false at the first, true when there is none.
 *
 * Emits: when an item arrives, or upstream has completed without one. Backpressures: when downstream does. Completes:
 * after its item. Cancels: after its item, or when downstream cancels. Loses: nothing.
 */
export function isEmpty<T>(): (flow: Flow<T>) => Flow<boolean> {
  return decided<T, boolean>('isEmpty', () => ({ see: () => false, end: () => [true] }))
}

const undecided = Symbol('undecided')

/** A question to a flow. */
interface Question<T, U> {
  /** The answer, as soon as an item gives it. */
  see(value: T): U | typeof undecided
  /** The answer when no item has given one. */
  end(): readonly U[]
}

/** One answer, with the account of the item that gave it, and then the end; upstream is cancelled. */
function decided<T, U>(name: string, create: () => Question<T, U>): (flow: Flow<T>) => Flow<U> {
  const piece = operator<T, U>(name, { cardinality: 'many' }, (down, control) => {
    const question = create()
    const rest = new LastItems<U>(down)
    let isOver = false
    return {
      push: (value, context) => {
        // What was held above may come behind the item that decided.
        if (isOver) return control.discard(context, 'take')
        const answer = question.see(value)
        if (answer === undecided) return settle(context, 'filtered')
        isOver = true
        down.push(answer, context)
        control.finish()
      },
      pull: () => rest.emit(),
      complete: () => (isOver ? down.complete() : rest.begin(() => question.end())),
      fail: (error) => (isOver ? down.complete() : down.fail(error)),
    }
  })
  return (flow) => flow.via(piece)
}
