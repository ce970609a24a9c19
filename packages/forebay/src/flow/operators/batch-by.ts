import { checkFunction, checkInteger, checkNumber } from '../../kernel/check.ts'
import { joinContexts, settle, type Context } from '../../kernel/context.ts'
import { milliseconds, type Duration } from '../../kernel/duration.ts'
import { operator, type Operator } from '../../kernel/operator.ts'
import { Alarm } from '../alarm.ts'
import type { Flow } from '../flow.ts'
import { isSameKey } from '../same-key.ts'

/** How {@link batchBy} bounds its batches. */
export interface BatchByOptions {
  /** Items in a batch; a longer run of one key is cut. */
  items: number
}

/**
 * Arrays of neighbours with the same key, compared with `Object.is`: for input that is sorted by it. When upstream
 * fails, the batch that it interrupts comes first.
 *
 * Emits: when the key changes, a batch is full, or upstream has ended. Backpressures: when downstream does. Completes:
 * when upstream has and nothing is held. Cancels: when downstream cancels. Loses: nothing; items of an unfinished
 * batch are returned when the flow is cancelled.
 */
export function batchBy<T>(keyOf: (value: T) => unknown, options: BatchByOptions): (flow: Flow<T>) => Flow<T[]> {
  checkFunction('batchBy', keyOf)
  const items = checkInteger('items', options.items, 1)
  const piece = gathered<T>('batchBy', items, () => {
    let last: unknown
    return {
      begins: (value, held) => {
        const key = keyOf(value)
        const isNew = held > 0 && !isSameKey(key, last)
        last = key
        return isNew
      },
      isFull: (held) => held === items,
    }
  })
  return (flow) => flow.via(piece)
}

/** How {@link batchWeighted} bounds its batches. */
export interface BatchWeightedOptions {
  /** What the items of a batch may weigh together; a heavier item is a batch of its own. */
  weight: number
  /** Items in a batch: some may weigh nothing. */
  items: number
  /** How long the first item of a batch waits for more. Default: for ever. */
  within?: Duration
}

/**
 * Arrays of items that weigh at most `weight` together: for requests with a limit of their own. Unlike `batch({ bytes
 * })`, the item that would exceed it begins the next one. A weight that is not a number from 0 fails the flow with a
 * `RangeError`; when upstream fails, the batch that it interrupts comes first.
 *
 * Emits: when a batch is full, the next item does not fit, its time is over, or upstream has ended. Backpressures: when
 * downstream does.
 * Completes: when upstream has and nothing is held. Cancels: when downstream cancels. Loses: nothing; items of an
 * unfinished batch are returned when the flow is cancelled.
 */
export function batchWeighted<T>(
  weightOf: (value: T) => number,
  options: BatchWeightedOptions,
): (flow: Flow<T>) => Flow<T[]> {
  checkFunction('batchWeighted', weightOf)
  const max = checkNumber('weight', options.weight, 0, Infinity)
  const items = checkInteger('items', options.items, 1)
  const within = options.within === undefined ? undefined : milliseconds('within', options.within)
  const create = (): Cut<T> => {
    let sum = 0
    return {
      begins: (value, held) => {
        const weight = checkNumber('weight of an item', weightOf(value), 0, Infinity)
        const before = held === 0 ? 0 : sum
        const isNew = held > 0 && before + weight > max
        sum = isNew ? weight : before + weight
        return isNew
      },
      isFull: (held) => held === items || sum >= max,
    }
  }
  const piece = gathered<T>('batchWeighted', items, create, within)
  return (flow) => flow.via(piece)
}

/** Where one batch ends and the next begins. */
interface Cut<T> {
  /** Whether `value` begins the next batch; asked once for every item, before it is held. */
  begins(value: T, held: number): boolean
  isFull(held: number): boolean
}

/**
 * An item may end one batch and fill the next: then the second waits for credit. So does one whose time is over; it
 * grows meanwhile.
 */
function gathered<T>(name: string, bound: number, create: () => Cut<T>, within?: number): Operator<T, T[]> {
  return operator<T, T[]>(name, { cardinality: 'join', bound }, (down, control) => {
    const cut = create()
    const alarm = new Alarm(control.clock, () => {
      isDue = true
      control.wake()
    })
    let values: T[] = []
    let contexts: (Context | undefined)[] | undefined
    let isDue = false
    let end: (() => void) | undefined
    const add = (value: T, context: Context | undefined): void => {
      values.push(value)
      if (context !== undefined) (contexts ??= []).push(context)
      if (cut.isFull(values.length)) isDue = true
      if (within !== undefined && values.length === 1 && !isDue) alarm.set(within)
    }
    const take = (): { batch: T[]; context: Context | undefined } => {
      const batch = values
      const context = contexts && joinContexts(contexts)
      values = []
      contexts = undefined
      isDue = false
      alarm.clear()
      return { batch, context }
    }
    const emit = (): void => {
      if (isDue && values.length > 0 && down.hasCredit()) {
        const { batch, context } = take()
        down.push(batch, context)
      }
      if (values.length > 0 || end === undefined) return
      const tell = end
      end = undefined
      tell()
    }
    const endWith = (tell: () => void): void => {
      end = tell
      isDue = true
      emit()
    }
    return {
      push: (value, context) => {
        if (cut.begins(value, values.length)) {
          const full = take()
          add(value, context)
          down.push(full.batch, full.context)
        } else add(value, context)
        if (isDue) emit()
      },
      pull: emit,
      complete: () => endWith(() => down.complete()),
      fail: (error) => endWith(() => down.fail(error)),
      close: () => {
        for (const context of contexts ?? []) settle(context, 'returned', 'cancelled')
        take()
        alarm.close()
      },
      held: () => values.length,
    }
  })
}
