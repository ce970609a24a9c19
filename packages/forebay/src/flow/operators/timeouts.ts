import { ForebayError } from '../../kernel/errors.ts'
import { milliseconds, type Duration } from '../../kernel/duration.ts'
import { operator, type Down, type Control, type Operator } from '../../kernel/operator.ts'
import { Alarm } from '../alarm.ts'
import type { Flow } from '../flow.ts'

/** Fails when no item comes for `limit` although downstream wants one. Time in which it wants none does not count. */
export function idleTimeoutOperator<T>(limit: Duration): Operator<T, T> {
  return timeout('idleTimeout', limit, 'no item came', true)
}

/** Fails when downstream wants no item for `limit` after it was given one. Time in which none comes does not count. */
export function backpressureTimeoutOperator<T>(limit: Duration): Operator<T, T> {
  return timeout('backpressureTimeout', limit, 'downstream wanted no item', false)
}

/**
 * Fails with `FOREBAY_TIMEOUT` when the first item does not come for `limit` although downstream wants one. After it
 * there is no limit any more: see `idleTimeout`.
 *
 * Emits: when an item arrives. Backpressures: when downstream does; that time does not count. Completes: when upstream
 * completes. Cancels: when downstream cancels, or the time is over. Loses: nothing.
 */
export function initialTimeout<T>(limit: Duration): (flow: Flow<T>) => Flow<T> {
  const ms = milliseconds('initialTimeout', limit)
  const piece = operator<T, T>('initialTimeout', { cardinality: 'one' }, (down, control) => {
    const watch = new Watch(ms, 'initialTimeout: no first item came', down, control)
    return {
      push: (value, context) => {
        if (watch.hasRung) return control.discard(context, 'timeout')
        watch.close()
        down.push(value, context)
      },
      pull: () => watch.start(),
      complete: () => watch.end(() => down.complete()),
      fail: (error) => watch.end(() => down.fail(error)),
      close: () => watch.close(),
    }
  })
  return (flow) => flow.via(piece)
}

/** Counts the time in which downstream wants something, or that in which it wants nothing. */
function timeout<T>(name: string, limit: Duration, what: string, whileWanted: boolean): Operator<T, T> {
  const ms = milliseconds(name, limit)
  return operator<T, T>(name, { cardinality: 'one' }, (down, control) => {
    const watch = new Watch(ms, `${name}: ${what}`, down, control)
    return {
      push: (value, context) => {
        if (watch.hasRung) return control.discard(context, 'timeout')
        watch.stop()
        down.push(value, context)
        if (down.hasCredit() === whileWanted) watch.start()
      },
      pull: () => (whileWanted ? watch.start() : watch.stop()),
      complete: () => watch.end(() => down.complete()),
      fail: (error) => watch.end(() => down.fail(error)),
      close: () => watch.close(),
    }
  })
}

/** Fails when what has begun does not stop in time. */
class Watch {
  hasRung = false
  #isOver = false
  readonly #ms: number
  readonly #alarm: Alarm

  constructor(ms: number, what: string, down: Down<unknown>, control: Control) {
    this.#ms = ms
    this.#alarm = new Alarm(control.clock, () => {
      this.hasRung = true
      this.close()
      down.fail(new ForebayError('FOREBAY_TIMEOUT', `${what} for ${ms} ms`))
    })
  }

  /** Begins, unless it has begun. */
  start(): void {
    if (!this.#isOver && !this.#alarm.isSet) this.#alarm.set(this.#ms)
  }

  stop(): void {
    this.#alarm.clear()
  }

  /** Upstream has ended by itself: nothing is waited for any more. */
  end(then: () => void): void {
    this.close()
    if (!this.hasRung) then()
  }

  close(): void {
    this.#isOver = true
    this.#alarm.close()
  }
}
