import { checkFunction } from '../../kernel/check.ts'
import { noRecord, settle, type Context } from '../../kernel/context.ts'
import type { Port } from '../../kernel/receiver.ts'
import type { RunEnvironment } from '../../kernel/run-environment.ts'
import type { StageAccount } from '../../kernel/stage-account.ts'
import type { Flow } from '../flow.ts'
import { junction } from '../junction.ts'
import { Passage } from '../junctions/passage.ts'

/**
 * Each item, and while downstream wants more than there is, those that `fn` makes of the item that was last: for a
 * consumer that must not wait, such as a clock or a picture. What `fn` returns is read one item at a time and left when
 * the next item comes. The opposite, a consumer that is too slow, is `conflate`.
 *
 * Emits: when downstream wants an item and there is one, or `fn` has one. Backpressures: when an item is held that
 * downstream has not taken. Completes: when upstream has and nothing is held. Cancels: when downstream cancels.
 * Loses: nothing.
 */
export function extrapolate<T, U = T>(fn: (last: T) => Iterable<U>): (flow: Flow<T>) => Flow<T | U> {
  checkFunction('extrapolate', fn)
  return junction<T, T | U>(
    'extrapolate',
    { cardinality: 'many', bound: 1 },
    (env, stage) => new Extrapolate<T, U>(fn, true, env, stage),
  )
}

/**
 * What `fn` makes of the item that was last, as many as downstream wants before the next item comes: a position between
 * two readings, a count of repeats. The first of them stands for the item; of an item that `fn` makes nothing of
 * nothing goes on, and it counts as filtered. The item itself goes on before the others in `extrapolate`.
 *
 * Emits: when downstream wants an item and `fn` has one. Backpressures: when an item is held that downstream has not
 * taken. Completes: when upstream has and nothing is held. Cancels: when downstream cancels. Loses: nothing.
 */
export function expand<T, U>(fn: (last: T) => Iterable<U>): (flow: Flow<T>) => Flow<U> {
  checkFunction('expand', fn)
  return junction<T, U>(
    'expand',
    { cardinality: 'many', bound: 1 },
    (env, stage) => new Extrapolate<T, U>(fn, false, env, stage),
  )
}

class Extrapolate<T, U> extends Passage<T, T | U> {
  readonly #fn: (last: T) => Iterable<U>
  /** The item itself goes on; else the first of those that are made of it does in its place. */
  readonly #emitsItem: boolean
  #held: { readonly value: T; readonly context: Context | undefined } | undefined
  #more: Iterator<U> | undefined

  constructor(fn: (last: T) => Iterable<U>, emitsItem: boolean, env: RunEnvironment, stage: StageAccount) {
    super(env, stage)
    this.#fn = fn
    this.#emitsItem = emitsItem
  }

  protected take(value: T, context: Context | undefined): void {
    this.#held = { value, context }
  }

  protected override isReady(): boolean {
    return this.#held !== undefined || (this.#more !== undefined && this.end === undefined)
  }

  /** One item a turn, so that upstream can be asked for a newer one before the next is made up. */
  protected hand(port: Port): void {
    const held = this.#held
    if (held !== undefined) {
      this.#leave()
      if (this.#emitsItem) {
        this.#held = undefined
        const goesOn = this.emit(port, held.value, held.context)
        this.#more = this.#fn(held.value)[Symbol.iterator]()
        if (goesOn) port.wake()
      } else this.#replace(port, held)
      return
    }
    const next = (this.#more as Iterator<U>).next()
    if (next.done === true) this.#more = undefined
    else if (this.emit(port, next.value, noRecord)) port.wake()
  }

  /** The item is held until the first of those that are made of it is there. */
  #replace(port: Port, { value, context }: { readonly value: T; readonly context: Context | undefined }): void {
    const more = this.#fn(value)[Symbol.iterator]()
    const first = more.next()
    this.#held = undefined
    if (first.done === true) {
      settle(context, 'filtered')
      return
    }
    this.#more = more
    if (this.emit(port, first.value, context)) port.wake()
  }

  protected room(): number {
    return this.#held === undefined ? 1 : 0
  }

  protected held(): number {
    return this.#held === undefined ? 0 : 1
  }

  protected abandon(reason: string): void {
    if (this.#held !== undefined) this.lose(this.#held.context, reason, 'returned')
    this.#held = undefined
    this.#leave()
  }

  protected override close(reason: unknown): void {
    super.close(reason)
    this.#leave()
  }

  #leave(): void {
    const more = this.#more
    this.#more = undefined
    more?.return?.()
  }
}
