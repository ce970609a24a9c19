import { checkFunction, show } from '../../kernel/check.ts'
import type { OpenSink, ToOptions } from '../flow.ts'
import { isThenable } from '../../kernel/is-thenable.ts'
import type { Writer } from './for-each.ts'
import type { Sink } from './program-of.ts'

/** What {@link lazySink} makes: an object with `write`, or a function that writes. */
export type MadeWriter<T> = Writer<T> | ((value: T, signal: AbortSignal) => unknown)

/**
 * A sink that is made with its first item, once in a run: a file named after it, a connection that an empty flow does
 * not need. `make` may return a promise; what is written meanwhile waits for it. The result is the number of items
 * written.
 *
 * Emits: nothing. Backpressures: while `concurrency` writes are out. Completes: when upstream has, every write is over
 * and what was made is closed. Cancels: when a write or `make` fails. Loses: the items whose writes have failed.
 */
export function lazySink<T>(
  make: (first: T) => MadeWriter<T> | PromiseLike<MadeWriter<T>>,
  options: ToOptions = {},
): Sink<T, number> {
  checkFunction('lazySink', make)
  const opener: OpenSink<T> = { open: () => new LazyWriter(make) }
  return (flow) => flow.to(opener, { name: 'lazySink', ...options })
}

class LazyWriter<T> implements Writer<T> {
  readonly #make: (first: T) => MadeWriter<T> | PromiseLike<MadeWriter<T>>
  #made: Writer<T> | undefined
  #making: PromiseLike<Writer<T>> | undefined

  constructor(make: (first: T) => MadeWriter<T> | PromiseLike<MadeWriter<T>>) {
    this.#make = make
  }

  write(value: T, signal: AbortSignal): unknown {
    if (this.#made !== undefined) return this.#made.write(value, signal)
    if (this.#making === undefined) {
      const made = this.#make(value)
      if (!isThenable(made)) return (this.#made = writerOf(made)).write(value, signal)
      this.#making = made.then((late) => (this.#made = writerOf(late as MadeWriter<T>)))
    }
    return this.#making.then((writer) => writer.write(value, signal))
  }

  /** Every write is over, so it has been made, could not be, or was never wanted. */
  close(failure?: { error: unknown }): unknown {
    return this.#made?.close?.(failure)
  }
}

function writerOf<T>(made: MadeWriter<T>): Writer<T> {
  if (typeof made === 'function') return { write: made }
  if (typeof (Object(made) as Partial<Writer<T>>).write === 'function') return made
  throw new TypeError(`lazySink: expected a function or an object with write(), got ${show(made)}`)
}
