import { ForebayError } from '../../kernel/errors.ts'
import { milliseconds, type Duration } from '../../kernel/duration.ts'
import { operator, type Down, type Control, type Operator } from '../../kernel/operator.ts'

/** Fails when no item comes for `limit` although downstream wants one. Time in which it wants none does not count. */
export function idleTimeoutOperator<T>(limit: Duration): Operator<T, T> {
  const ms = milliseconds('idleTimeout', limit)
  return operator<T, T>('idleTimeout', { cardinality: 'one' }, (down, control) => {
    const watch = new Watch(ms, 'idleTimeout', 'no item came', down, control)
    return {
      push: (value, context) => {
        if (watch.hasRung) return control.discard(context, 'timeout')
        watch.stop()
        down.push(value, context)
        if (down.hasCredit()) watch.start()
      },
      pull: () => watch.start(),
      complete: () => watch.end(() => down.complete()),
      fail: (error) => watch.end(() => down.fail(error)),
      close: () => watch.close(),
    }
  })
}

/** Fails when downstream wants no item for `limit` after it was given one. Time in which none comes does not count. */
export function backpressureTimeoutOperator<T>(limit: Duration): Operator<T, T> {
  const ms = milliseconds('backpressureTimeout', limit)
  return operator<T, T>('backpressureTimeout', { cardinality: 'one' }, (down, control) => {
    const watch = new Watch(ms, 'backpressureTimeout', 'downstream wanted no item', down, control)
    return {
      push: (value, context) => {
        if (watch.hasRung) return control.discard(context, 'timeout')
        down.push(value, context)
        if (!down.hasCredit()) watch.start()
      },
      pull: () => watch.stop(),
      complete: () => watch.end(() => down.complete()),
      fail: (error) => watch.end(() => down.fail(error)),
      close: () => watch.close(),
    }
  })
}

/** Time since something began, with one timer at most: it is set again for the rest when it rings too early. */
class Watch {
  hasRung = false
  #isOver = false
  #since: number | undefined
  #unset: (() => void) | undefined
  readonly #ms: number
  readonly #name: string
  readonly #what: string
  readonly #down: Down<unknown>
  readonly #control: Control

  constructor(ms: number, name: string, what: string, down: Down<unknown>, control: Control) {
    this.#ms = ms
    this.#name = name
    this.#what = what
    this.#down = down
    this.#control = control
  }

  /** Begins, unless it has begun. */
  start(): void {
    if (this.#since !== undefined || this.#isOver) return
    this.#since = this.#control.clock.now()
    this.#unset ??= this.#control.clock.after(this.#ms, () => this.#ring())
  }

  stop(): void {
    this.#since = undefined
  }

  /** Upstream has ended by itself: nothing is waited for any more. */
  end(then: () => void): void {
    this.close()
    if (!this.hasRung) then()
  }

  close(): void {
    this.#isOver = true
    this.#since = undefined
    this.#unset?.()
    this.#unset = undefined
  }

  #ring(): void {
    this.#unset = undefined
    if (this.#since === undefined) return
    const left = this.#since + this.#ms - this.#control.clock.now()
    // A timer may ring a fraction of a millisecond early.
    if (left > 0.5) {
      this.#unset = this.#control.clock.after(left, () => this.#ring())
      return
    }
    this.hasRung = true
    this.close()
    this.#down.fail(new ForebayError('FOREBAY_TIMEOUT', `${this.#name}: ${this.#what} for ${this.#ms} ms`))
  }
}
