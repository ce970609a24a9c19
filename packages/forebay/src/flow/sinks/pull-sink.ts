import { checkFunction } from '../../kernel/check.ts'
import type { Context } from '../../kernel/context.ts'
import type { Sink as RunningSink } from '../../kernel/plan.ts'
import type { Upstream } from '../../kernel/receiver.ts'
import type { RunEnvironment } from '../../kernel/run-environment.ts'
import type { StageAccount } from '../../kernel/stage-account.ts'
import { ItemInHand } from './item-in-hand.ts'
import { programOf, type Sink } from './program-of.ts'
import { WaitingCalls } from './waiting-calls.ts'

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

class PullSink<T, R> implements RunningSink {
  readonly result: Promise<R>
  readonly #use: (items: PulledItems<T>, signal: AbortSignal) => R | PromiseLike<R>
  readonly #signal: AbortSignal
  readonly #item: ItemInHand
  readonly #calls = new WaitingCalls<T>('pullSink', () => this.#upstream?.request(1))
  #upstream: Upstream | undefined
  #settle!: { resolve: (value: R) => void; reject: (error: unknown) => void }

  constructor(
    use: (items: PulledItems<T>, signal: AbortSignal) => R | PromiseLike<R>,
    env: RunEnvironment,
    stage: StageAccount,
  ) {
    this.#use = use
    this.#signal = env.signal
    this.#item = new ItemInHand(env, stage)
    this.result = new Promise((resolve, reject) => {
      this.#settle = { resolve, reject }
    })
  }

  attach(upstream: Upstream): void {
    this.#upstream = upstream
  }

  open(): void {
    const items: PulledItems<T> = {
      [Symbol.asyncIterator]: () => items,
      next: () => {
        this.#item.done()
        return this.#calls.next()
      },
      return: async () => {
        this.#leave()
        return { done: true, value: undefined }
      },
    }
    void this.#run(items)
  }

  next(value: T, context: Context | undefined): void {
    this.#item.take(context)
    this.#calls.answer(value)
  }

  complete(): void {
    this.#calls.end()
  }

  fail(error: unknown): void {
    this.#item.giveBack()
    this.#calls.end({ error })
    this.#settle.reject(error)
  }

  async #run(items: PulledItems<T>): Promise<void> {
    try {
      const result = await this.#use(items, this.#signal)
      this.#item.done()
      this.#leave()
      this.#settle.resolve(result)
    } catch (error) {
      this.#item.done({ error })
      this.#leave()
      this.#settle.reject(error)
    }
  }

  /** No more is wanted. */
  #leave(): void {
    this.#item.giveBack()
    if (this.#calls.isOver) return
    this.#upstream?.cancel(undefined)
    this.#calls.end()
  }
}
