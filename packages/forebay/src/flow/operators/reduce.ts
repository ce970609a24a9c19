import { checkFunction, checkInteger, show } from '../../kernel/check.ts'
import { joinContexts, noRecord, settle, type Context } from '../../kernel/context.ts'
import { ForebayError } from '../../kernel/errors.ts'
import { operator, type Operator } from '../../kernel/operator.ts'
import type { Flow } from '../flow.ts'
import { fresh } from '../transforms.ts'
import { LastItems } from './last-items.ts'

/**
 * One item that everything is folded into, the state after the last one; `initial` itself for a flow without items.
 * `Flow.reduce` gives it as the result of a run instead. An item counts as filtered, and is acknowledged, when it is
 * folded.
 *
 * Emits: when upstream has completed. Backpressures: when downstream does. Completes: when upstream has and the state
 * is out. Cancels: when downstream cancels. Loses: nothing.
 */
export function reduce<T, S>(fold: (state: S, value: T) => S, initial: S | (() => S)): (flow: Flow<T>) => Flow<S> {
  checkFunction('reduce', fold)
  const piece = folding('reduce', fold, fresh(initial))
  return (flow) => flow.via(piece)
}

/**
 * Like `reduce`, for as long as `keepGoing` holds for the state: the first state for which it does not is the result,
 * at once.
 *
 * Emits: when `keepGoing` does not hold, or upstream has completed. Backpressures: when downstream does. Completes:
 * after its item. Cancels: after its item, or when downstream cancels. Loses: nothing.
 */
export function reduceWhile<T, S>(
  fold: (state: S, value: T) => S,
  initial: S | (() => S),
  keepGoing: (state: S) => unknown,
): (flow: Flow<T>) => Flow<S> {
  checkFunction('reduceWhile', fold)
  checkFunction('reduceWhile keepGoing', keepGoing)
  const piece = folding('reduceWhile', fold, fresh(initial), keepGoing)
  return (flow) => flow.via(piece)
}

/**
 * The number of items, when there are no more. An item counts as filtered, and is acknowledged, when it is counted.
 *
 * Emits: when upstream has completed. Backpressures: when downstream does. Completes: when upstream has and the number
 * is out. Cancels: when downstream cancels. Loses: nothing.
 */
export function count<T>(): (flow: Flow<T>) => Flow<number> {
  const piece = folding<T, number>(
    'count',
    (items) => items + 1,
    () => 0,
  )
  return (flow) => flow.via(piece)
}

/**
 * The sum of the items, or of the numbers that `by` returns for them; 0 for a flow without items. What is not a number
 * fails the flow with a `TypeError`. An item counts as filtered, and is acknowledged, when it is added.
 *
 * Emits: when upstream has completed. Backpressures: when downstream does. Completes: when upstream has and the sum is
 * out. Cancels: when downstream cancels. Loses: nothing.
 */
export function sum(): (flow: Flow<number>) => Flow<number>
export function sum<T>(by: (value: T) => number): (flow: Flow<T>) => Flow<number>
export function sum<T>(by: (value: T) => number = itself): (flow: Flow<T>) => Flow<number> {
  checkFunction('sum', by)
  const add = (total: number, value: T): number => {
    const term = by(value)
    if (typeof term !== 'number') throw new TypeError(`sum: expected a number, got ${show(term)}`)
    return total + term
  }
  const piece = folding<T, number>('sum', add, () => 0)
  return (flow) => flow.via(piece)
}

/**
 * All items in one array, which is empty for a flow without items; one more than `max` fails the flow with
 * `FOREBAY_OVERFLOW`. It holds `max` items. `Flow.toArray` gives the array as the result of a run instead.
 *
 * Emits: when upstream has completed. Backpressures: when downstream does. Completes: when upstream has and the array
 * is out. Cancels: when downstream cancels, or one item too many has come. Loses: nothing; what is held is returned
 * when the flow ends early.
 */
export function toArray<T>(max: number): (flow: Flow<T>) => Flow<T[]> {
  checkInteger('toArray max', max, 0)
  const piece = operator<T, T[]>('toArray', { cardinality: 'many', bound: max, gathers: Infinity }, (down) => {
    let items: T[] = []
    const contexts: (Context | undefined)[] = []
    let isEnding = false
    const emit = (): void => {
      if (!isEnding || !down.hasCredit()) return
      isEnding = false
      const array = items
      items = []
      down.push(array, array.length === 0 ? noRecord : joinContexts(contexts.splice(0)))
      down.complete()
    }
    return {
      push: (value, context) => {
        if (items.length >= max) throw new ForebayError('FOREBAY_OVERFLOW', `toArray: more than ${max} items`)
        items.push(value)
        if (context !== undefined) contexts.push(context)
      },
      pull: emit,
      complete: () => {
        isEnding = true
        emit()
      },
      close: () => {
        for (const context of contexts.splice(0)) settle(context, 'returned', 'cancelled')
        items = []
      },
      held: () => items.length,
    }
  })
  return (flow) => flow.via(piece)
}

/** The state is an item of no record: its records may be more than could be held until it is out. */
function folding<T, S>(
  name: string,
  fold: (state: S, value: T) => S,
  initial: () => S,
  keepGoing?: (state: S) => unknown,
): Operator<T, S> {
  const gathers = keepGoing === undefined ? { gathers: Infinity } : {}
  return operator<T, S>(name, { cardinality: 'many', bulk: true, ...gathers }, (down, control) => {
    let state = initial()
    let isOver = false
    const rest = new LastItems<S>(down)
    return {
      push: (value, context) => {
        if (isOver) return control.discard(context, 'take')
        const next = fold(state, value)
        isOver = keepGoing !== undefined && !keepGoing(next)
        state = next
        settle(context, 'filtered')
        if (!isOver) return
        down.push(state, noRecord)
        control.finish()
      },
      pull: () => rest.emit(),
      complete: () => (isOver ? down.complete() : rest.begin(() => [state])),
      fail: (error) => (isOver ? down.complete() : down.fail(error)),
    }
  })
}

const itself = (value: unknown): number => value as number
