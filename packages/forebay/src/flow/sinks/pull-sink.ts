import { checkFunction } from '../../kernel/check.ts'
import { settle, type Context } from '../../kernel/context.ts'
import { ForebayError } from '../../kernel/errors.ts'
import type { Sink as RunningSink } from '../../kernel/plan.ts'
import type { Upstream } from '../../kernel/receiver.ts'
import { RingBuffer } from '../../kernel/ring-buffer.ts'
import type { RunEnvironment } from '../../kernel/run-environment.ts'
import { BUSY, STARVED, type StageAccount } from '../../kernel/stage-account.ts'
import { loseItem } from '../lose-item.ts'
import { programOf, type Sink } from './program-of.ts'

/** Calls of `next` that may wait for their item at once. */
const MAX_CALLS = 1024

/** The items of a flow, asked for one by one: `next()` is a request for one item. */
export type PulledItems<T> = AsyncIterableIterator<T, undefined>

/**
 * A sink that is a function with the items in hand: it asks for each when it wants one, may stop asking, and its result
 * is that of the run. An item is done when the next is asked for, or the function returns. When the function throws, the
 * flow fails, and the item in hand has failed; a loop over the items that is left early, also by an error, gives it back
 * first. Returning early cancels upstream. A failure of upstream fails the run, whatever the function does about it.
 *
 * Emits: nothing. Backpressures: when the function does not ask for an item. Completes: when the function returns.
 * Cancels: when the function returns or throws before upstream has ended. Loses: the item in which the function has
 * thrown, and the one that it holds when the flow ends early.
 */
export function pullSink<T, R>(use: (items: PulledItems<T>, signal: AbortSignal) => R | PromiseLike<R>): Sink<T, R> {
  checkFunction('pullSink', use)
  return (flow) =>
    programOf<T, R>(flow, (input) => ({
      type: 'sink',
      name: 'pullSink',
      input,
      bound: 1,
      slots: 1,
      fused: false,
      create: (env, stage) => new PullSink<T, R>(use, env, stage),
    }))
}

interface Call<T> {
  readonly resolve: (result: IteratorResult<T, undefined>) => void
  readonly reject: (error: unknown) => void
}

/** Invariant: calls that wait = credit that upstream holds. */
class PullSink<T, R> implements RunningSink {
  readonly result: Promise<R>
  readonly #use: (items: PulledItems<T>, signal: AbortSignal) => R | PromiseLike<R>
  readonly #env: RunEnvironment
  readonly #stage: StageAccount
  readonly #calls = new RingBuffer<Call<T>>(MAX_CALLS)
  #upstream: Upstream | undefined
  /** The item that the function has. */
  #out: { readonly context: Context | undefined } | undefined
  #end: { failure: { error: unknown } | undefined } | undefined
  #settle!: { resolve: (value: R) => void; reject: (error: unknown) => void }

  constructor(
    use: (items: PulledItems<T>, signal: AbortSignal) => R | PromiseLike<R>,
    env: RunEnvironment,
    stage: StageAccount,
  ) {
    this.#use = use
    this.#env = env
    this.#stage = stage
    this.result = new Promise((resolve, reject) => {
      this.#settle = { resolve, reject }
    })
    stage.refresh = () => {
      stage.inFlight = this.#out === undefined ? 0 : 1
    }
  }

  attach(upstream: Upstream): void {
    this.#upstream = upstream
  }

  open(): void {
    const items: PulledItems<T> = {
      [Symbol.asyncIterator]: () => items,
      next: () => this.#ask(),
      return: async () => {
        this.#leave()
        return { done: true, value: undefined }
      },
    }
    void this.#run(items)
  }

  next(value: T, context: Context | undefined): void {
    this.#stage.in++
    this.#done()
    this.#out = { context }
    this.#stage.to(BUSY)
    this.#calls.shift().resolve({ done: false, value })
  }

  complete(): void {
    this.#endWith(undefined)
  }

  fail(error: unknown): void {
    this.#giveBack()
    this.#endWith({ error })
    this.#settle.reject(error)
  }

  async #run(items: PulledItems<T>): Promise<void> {
    try {
      const result = await this.#use(items, this.#env.signal)
      this.#done()
      this.#leave()
      this.#settle.resolve(result)
    } catch (error) {
      this.#failed(error)
      this.#leave()
      this.#settle.reject(error)
    }
  }

  #ask(): Promise<IteratorResult<T, undefined>> {
    this.#done()
    if (this.#end === undefined && this.#calls.isFull) {
      return Promise.reject(new ForebayError('FOREBAY_OVERFLOW', `pullSink: ${MAX_CALLS} calls of next() wait already`))
    }
    return new Promise((resolve, reject) => {
      if (this.#end !== undefined) return this.#answerEnd({ resolve, reject })
      this.#calls.push({ resolve, reject })
      this.#upstream?.request(1)
    })
  }

  /** No more is wanted. */
  #leave(): void {
    this.#giveBack()
    if (this.#end !== undefined) return
    this.#upstream?.cancel(undefined)
    this.#endWith(undefined)
  }

  #done(): void {
    const out = this.#take()
    if (out !== undefined) settle(out.context, 'done')
  }

  #failed(error: unknown): void {
    const out = this.#take()
    if (out === undefined) return
    this.#stage.failed++
    settle(out.context, 'failed', error)
  }

  #giveBack(): void {
    const out = this.#take()
    if (out !== undefined) loseItem(this.#env, this.#stage, out.context, 'cancelled', 'returned')
  }

  #take(): { readonly context: Context | undefined } | undefined {
    const out = this.#out
    this.#out = undefined
    if (out !== undefined) this.#stage.to(STARVED)
    return out
  }

  #endWith(failure: { error: unknown } | undefined): void {
    if (this.#end !== undefined) return
    this.#end = { failure }
    while (this.#calls.length > 0) this.#answerEnd(this.#calls.shift())
  }

  /** A failure is told once; after it the items are merely over. */
  #answerEnd({ resolve, reject }: Call<T>): void {
    const failure = this.#end?.failure
    this.#end = { failure: undefined }
    if (failure === undefined) resolve({ done: true, value: undefined })
    else reject(failure.error)
  }
}
