import { checkFunction } from '../../kernel/check.ts'
import { noRecord, type Context } from '../../kernel/context.ts'
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
    (env, stage) => new Extrapolate<T, U>(fn, env, stage),
  )
}

class Extrapolate<T, U> extends Passage<T, T | U> {
  readonly #fn: (last: T) => Iterable<U>
  #held: { readonly value: T; readonly context: Context | undefined } | undefined
  #more: Iterator<U> | undefined

  constructor(fn: (last: T) => Iterable<U>, env: RunEnvironment, stage: StageAccount) {
    super(env, stage)
    this.#fn = fn
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
      this.#held = undefined
      const goesOn = this.emit(port, held.value, held.context)
      this.#more = this.#fn(held.value)[Symbol.iterator]()
      if (goesOn) port.wake()
      return
    }
    const next = (this.#more as Iterator<U>).next()
    if (next.done === true) this.#more = undefined
    else if (this.emit(port, next.value, noRecord)) port.wake()
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
