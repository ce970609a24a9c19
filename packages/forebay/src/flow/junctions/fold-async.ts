import { checkFunction } from '../../kernel/check.ts'
import { noRecord, settle, type Context } from '../../kernel/context.ts'
import type { Port } from '../../kernel/receiver.ts'
import type { RunEnvironment } from '../../kernel/run-environment.ts'
import { BUSY, type StageAccount } from '../../kernel/stage-account.ts'
import type { Flow } from '../flow.ts'
import { isThenable, promised } from '../../kernel/is-thenable.ts'
import { junction } from '../junction.ts'
import { fresh } from '../transforms.ts'
import { Passage } from './passage.ts'

/** The next state, or a promise of it; `signal` aborts when the flow ends early. */
export type AsyncFold<T, S> = (state: S, value: T, signal: AbortSignal) => S | PromiseLike<S>

/**
 * The running fold of `scan`, with a `fold` that may return a promise: one call is out at a time, in the order of the
 * items. A plain result costs no promise.
 *
 * Emits: when the state after an item is there. Backpressures: when downstream does, and while a call is out.
 * Completes: when upstream has and the last state is out. Cancels: when downstream cancels, or a call fails; the call
 * that is out is told by its signal. Loses: the item whose call has failed.
 */
export function scanAsync<T, S>(fold: AsyncFold<T, S>, initial: S | (() => S)): (flow: Flow<T>) => Flow<S> {
  checkFunction('scanAsync', fold)
  return junction<T, S>(
    'scanAsync',
    { cardinality: 'one', bound: 1 },
    (env, stage) => new FoldAsync<T, S>(fold, fresh(initial), true, env, stage),
  )
}

/**
 * One item that everything is folded into, with a `fold` that may return a promise: one call is out at a time.
 * `initial` itself for a flow without items. An item counts as filtered, and is acknowledged, when it is folded.
 *
 * Emits: when upstream has completed and the last call is over. Backpressures: when downstream does, and while a call
 * is out. Completes: when upstream has and the state is out. Cancels: when downstream cancels, or a call fails; the
 * call that is out is told by its signal. Loses: the item whose call has failed.
 */
export function reduceAsync<T, S>(fold: AsyncFold<T, S>, initial: S | (() => S)): (flow: Flow<T>) => Flow<S> {
  checkFunction('reduceAsync', fold)
  return junction<T, S>(
    'reduceAsync',
    { cardinality: 'many', bound: 1 },
    (env, stage) => new FoldAsync<T, S>(fold, fresh(initial), false, env, stage),
  )
}

/** One item at a time: `working` on it, its state `ready` for downstream; `told` once the state of all of them is out. */
class FoldAsync<T, S> extends Passage<T, S> {
  readonly #fold: AsyncFold<T, S>
  readonly #emitsEach: boolean
  readonly #abort = new AbortController()
  #state: S
  #item: 'none' | 'working' | 'ready' = 'none'
  #context: Context | undefined
  #isTold = false
  readonly #done = (state: unknown): void => {
    if (this.isOver) return
    this.#folded(state as S)
    this.changed()
  }
  readonly #failed = (error: unknown): void => {
    if (this.isOver) return
    const context = this.#context
    this.#forget()
    this.stage.failed++
    settle(context, 'failed', error)
    // Also behind the end of the input.
    if (this.end === undefined) this.endInput({ error })
    else this.end = { failed: true, error }
    this.changed()
  }

  constructor(fold: AsyncFold<T, S>, initial: () => S, emitsEach: boolean, env: RunEnvironment, stage: StageAccount) {
    super(env, stage)
    this.#fold = fold
    this.#emitsEach = emitsEach
    this.#state = initial()
  }

  protected take(value: T, context: Context | undefined): void {
    const state = this.#fold(this.#state, value, this.#abort.signal)
    this.#context = context
    if (isThenable(state)) {
      this.#item = 'working'
      promised(state).then(this.#done, this.#failed)
    } else this.#folded(state as S)
  }

  protected hand(port: Port): void {
    if (this.#emitsEach) {
      const context = this.#context
      this.#forget()
      this.emit(port, this.#state, context)
    } else {
      this.#isTold = true
      this.emit(port, this.#state, noRecord)
    }
  }

  protected override isReady(): boolean {
    return this.#emitsEach ? this.#item === 'ready' : this.#isWhole()
  }

  protected override isDry(): boolean {
    if (this.#item !== 'none') return false
    return this.#emitsEach || this.#isTold || this.end?.failed === true
  }

  protected room(): number {
    return this.#item === 'none' && this.hasCredit() ? 1 : 0
  }

  protected held(): number {
    return this.#item === 'none' ? 0 : 1
  }

  protected abandon(reason: 'cancelled' | 'failed', cause: unknown): void {
    this.#abort.abort(cause)
    if (this.#item !== 'none') this.lose(this.#context, reason, 'returned')
    this.#forget()
  }

  protected override account(): void {
    if (this.#item === 'working') this.stage.to(BUSY)
    else super.account()
  }

  /** Everything is folded, and the state not handed on yet. */
  #isWhole(): boolean {
    return this.end?.failed === false && this.#item === 'none' && !this.#isTold
  }

  #folded(state: S): void {
    this.#state = state
    if (this.#emitsEach) {
      this.#item = 'ready'
      return
    }
    const context = this.#context
    this.#forget()
    settle(context, 'filtered')
  }

  #forget(): void {
    this.#item = 'none'
    this.#context = undefined
  }
}
