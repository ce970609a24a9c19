import { settle, type Context } from '../../kernel/context.ts'
import { milliseconds, type Duration } from '../../kernel/duration.ts'
import { operator, type Control } from '../../kernel/operator.ts'
import type { Flow } from '../flow.ts'
import { Alarm } from '../alarm.ts'

/** When the alarm is to ring for an item that has come, in ms; nothing: it rings when it was to ring before. */
type WhenDue = (control: Control, isSet: boolean) => number | undefined

/**
 * An item once it has been quiet for `wait`: each new item begins the wait anew and replaces the one that waited. For
 * a steady picture of something that never rests, `audit` or `sample`.
 *
 * Emits: when no newer item has come for `wait`. Backpressures: when downstream does. Completes: when upstream has, after
 * the item that waits. Cancels: when downstream cancels. Loses: items that a newer one replaces, counted as `newer`.
 */
export function debounce<T>(wait: Duration): (flow: Flow<T>) => Flow<T> {
  const ms = milliseconds('debounce', wait)
  return newest('debounce', () => () => ms)
}

/**
 * The newest item at the end of a span that an item begins: at most one item in `span`, and the last one is never missed.
 *
 * Emits: when `span` is over since the first item that has not been emitted. Backpressures: when downstream does.
 * Completes: when upstream has, after the item that waits. Cancels: when downstream cancels. Loses: items that a newer one
 * replaces, counted as `newer`.
 */
export function audit<T>(span: Duration): (flow: Flow<T>) => Flow<T> {
  const ms = milliseconds('audit', span)
  return newest('audit', () => (_, isSet) => (isSet ? undefined : ms))
}

/**
 * The newest item every `period`, on a grid that begins with the run; nothing where no new item has come.
 *
 * Emits: when a period ends in which an item has come. Backpressures: when downstream does. Completes: when upstream has,
 * after the item that waits. Cancels: when downstream cancels. Loses: items that a newer one replaces, counted as `newer`.
 */
export function sample<T>(period: Duration): (flow: Flow<T>) => Flow<T> {
  const ms = milliseconds('sample', period)
  return newest('sample', ({ clock }) => {
    const begin = clock.now()
    return (_, isSet) => (isSet ? undefined : ms - ((clock.now() - begin) % ms))
  })
}

/** Holds the newest item until an alarm rings and downstream wants one. */
function newest<T>(name: string, plan: (control: Control) => WhenDue): (flow: Flow<T>) => Flow<T> {
  // It holds an item over turns, so each record is counted by a lease.
  const options = { cardinality: 'join', bound: 1, loses: 'items that a newer one replaces' } as const
  const piece = operator<T, T>(name, options, (down, control) => {
    const whenDue = plan(control)
    let held: { readonly value: T; readonly context: Context | undefined } | undefined
    let isDue = false
    /** How upstream has ended; told once the last item is out. */
    let end: (() => void) | undefined
    const alarm = new Alarm(control.clock, () => {
      isDue = true
      control.wake()
    })

    const emit = (): void => {
      const item = held
      held = undefined
      isDue = false
      if (item !== undefined) down.push(item.value, item.context)
    }
    const endWith = (tell: () => void): void => {
      end = tell
      alarm.close()
      isDue = true
      if (held !== undefined && down.hasCredit()) emit()
      if (held === undefined) tell()
    }
    return {
      push: (value, context) => {
        if (held !== undefined) control.discard(held.context, 'newer')
        held = { value, context }
        const ms = isDue ? undefined : whenDue(control, alarm.isSet)
        if (ms !== undefined) alarm.set(ms)
      },
      pull: () => {
        if (!isDue || held === undefined) return
        emit()
        end?.()
      },
      complete: () => endWith(() => down.complete()),
      fail: (error) => endWith(() => down.fail(error)),
      close: (reason) => {
        alarm.close()
        if (held !== undefined) settle(held.context, 'returned', reason)
        held = undefined
      },
      held: () => (held === undefined ? 0 : 1),
    }
  })
  return (flow) => flow.via(piece)
}
