import { checkFunction } from '../../kernel/check.ts'
import { noRecord } from '../../kernel/context.ts'
import { milliseconds, type Duration } from '../../kernel/duration.ts'
import { operator } from '../../kernel/operator.ts'
import type { Flow } from '../flow.ts'
import { Alarm } from '../alarm.ts'

/**
 * The items, and one that `make` gives whenever none has come for `idle` though downstream wants one: for connections
 * that are cut when nothing passes.
 *
 * Emits: when an item arrives, or none has for `idle`. Backpressures: when downstream does; that time does not count.
 * Completes: when upstream completes. Cancels: when downstream cancels. Loses: nothing.
 */
export function keepAlive<T, U = T>(idle: Duration, make: () => U): (flow: Flow<T>) => Flow<T | U> {
  const ms = milliseconds('keepAlive', idle)
  checkFunction('keepAlive', make)
  const piece = operator<T, T | U>('keepAlive', { cardinality: 'many' }, (down, control) => {
    let isDue = false
    const alarm = new Alarm(control.clock, () => {
      isDue = true
      control.wake()
    })
    const wait = (): void => {
      isDue = false
      if (down.hasCredit()) alarm.set(ms)
      else alarm.clear()
    }
    return {
      push: (value, context) => {
        down.push(value, context)
        wait()
      },
      pull: () => {
        if (isDue) {
          isDue = false
          down.push(make(), noRecord)
          wait()
        } else if (!alarm.isSet && down.hasCredit()) alarm.set(ms)
      },
      complete: () => {
        alarm.close()
        down.complete()
      },
      fail: (error) => {
        alarm.close()
        down.fail(error)
      },
      close: () => alarm.close(),
    }
  })
  return (flow) => flow.via(piece)
}
