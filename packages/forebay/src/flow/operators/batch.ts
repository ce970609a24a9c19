import { byteCount, type Bytes } from '../../kernel/bytes.ts'
import { checkInteger } from '../../kernel/check.ts'
import { ContextJoin } from '../../kernel/context-join.ts'
import { milliseconds, type Duration } from '../../kernel/duration.ts'
import { estimateBytes } from '../../kernel/estimate-bytes.ts'
import { operator, type Operator } from '../../kernel/operator.ts'

/** How large a batch may get and how long it may wait for more. The first bound that is reached closes it. */
export interface BatchOptions<T> {
  /** Items in a batch; needed. */
  items: number
  /** Bytes in a batch; the item that reaches it is the batch's last. */
  bytes?: Bytes
  /** How long the first item of a batch waits for more. Default: for ever. */
  within?: Duration
  sizeOf?: (item: T) => number
}

/**
 * Items gathered into arrays. A batch that is due while there is no credit keeps growing up to its bounds
 * and goes out with the next credit; the timer never emits without credit.
 */
export function batchOperator<T>(options: BatchOptions<T>): Operator<T, T[]> {
  const items = checkInteger('items', options.items, 1)
  const maxBytes = options.bytes === undefined ? Infinity : byteCount('bytes', options.bytes)
  const within = options.within === undefined ? Infinity : milliseconds('within', options.within)
  const sizeOf = options.sizeOf ?? estimateBytes
  const gathers = options.bytes === undefined && within === Infinity ? { gathers: items } : {}
  return operator<T, T[]>('batch', { cardinality: 'join', bound: items, bulk: true, ...gathers }, (down, control) => {
    let values: T[] = []
    const contexts = new ContextJoin()
    let bytes = 0
    let due = false
    let stop: (() => void) | undefined
    let end: (() => void) | undefined

    const emit = (): void => {
      const batch = values
      reset()
      down.push(batch, contexts.take())
    }
    const reset = (): void => {
      values = []
      bytes = 0
      due = false
      stop?.()
      stop = undefined
    }
    const flush = (then: () => void): void => {
      end = then
      due = true
      if (values.length === 0) then()
      else if (down.hasCredit()) {
        emit()
        then()
      }
    }
    return {
      push: (value, context) => {
        if (maxBytes !== Infinity) bytes += sizeOf(value)
        contexts.add(context) // before the value: what throws here leaves the item to who pushes it
        values.push(value)
        if (values.length === 1 && within !== Infinity) {
          stop = control.clock.after(within, () => {
            stop = undefined
            due = true
            control.wake()
          })
        }
        if (values.length < items && bytes < maxBytes && !due) return
        emit()
      },
      pull: () => {
        if (!due || values.length === 0) return
        emit()
        end?.()
      },
      complete: () => flush(() => down.complete()),
      fail: (error) => flush(() => down.fail(error)),
      close: (reason) => {
        contexts.settle('returned', reason)
        reset()
      },
      held: () => values.length,
    }
  })
}
