import { settle, type Context } from '../../kernel/context.ts'
import { ForebayError } from '../../kernel/errors.ts'
import type { PlanNode, Sink, SinkNode } from '../../kernel/plan.ts'
import type { Upstream } from '../../kernel/receiver.ts'
import { RingBuffer } from '../../kernel/ring-buffer.ts'
import type { RunEnvironment } from '../../kernel/run-environment.ts'
import type { Run } from '../../kernel/run.ts'
import { BUSY, STARVED, type StageAccount } from '../../kernel/stage-account.ts'
import { loseItem } from '../lose-item.ts'

/** Calls of `next` that may wait for their item at once. */
const MAX_CALLS = 1024

/** Starts the run whose sink it is given the plan of. */
export type StartRun = (sink: (input: PlanNode) => SinkNode) => Run<unknown>

/**
 * An iterator over the items of a run, which begins with the first call of `next`. One call asks for one
 * item; an item is done when the next one is asked for. `return` cancels the run, with a reason if it is given one, and
 * gives back the item that the caller has.
 */
export function runIterator<T>(start: StartRun): AsyncIterableIterator<T> {
  return new RunIterator<T>(start)
}

interface Call<T> {
  readonly resolve: (result: IteratorResult<T, undefined>) => void
  readonly reject: (error: unknown) => void
}

class RunIterator<T> implements AsyncIterableIterator<T, undefined> {
  readonly #start: StartRun
  /** Calls that wait for an item. */
  readonly #calls = new RingBuffer<Call<T>>(MAX_CALLS)
  #run: Run<unknown> | undefined
  #sink: HandOver<T> | undefined
  #end: { failure: { error: unknown } | undefined } | undefined

  constructor(start: StartRun) {
    this.#start = start
  }

  [Symbol.asyncIterator](): this {
    return this
  }

  next(): Promise<IteratorResult<T, undefined>> {
    this.#sink?.settle()
    if (this.#end === undefined && this.#calls.isFull) {
      return Promise.reject(new ForebayError('FOREBAY_OVERFLOW', `iterator: ${MAX_CALLS} calls of next() wait already`))
    }
    const result = new Promise<IteratorResult<T, undefined>>((resolve, reject) => {
      if (this.#end === undefined) this.#calls.push({ resolve, reject })
      else this.#answerEnd({ resolve, reject })
    })
    if (this.#end === undefined && this.#run === undefined) this.#begin()
    else this.#sink?.ask(1)
    return result
  }

  async return(reason?: unknown): Promise<IteratorResult<T, undefined>> {
    this.#sink?.giveBack()
    this.#finish(undefined)
    this.#run?.cancel(reason ?? 'left the loop')
    await this.#run?.done.catch(() => {})
    return { done: true, value: undefined }
  }

  #begin(): void {
    try {
      const create = (env: RunEnvironment, stage: StageAccount): Sink =>
        (this.#sink = new HandOver<T>(
          env,
          stage,
          (value) => this.#calls.shift().resolve({ done: false, value }),
          () => this.#calls.length,
        ))
      const run = this.#start((input) => {
        return { type: 'sink', name: 'iterator', input, bound: 1, slots: 1, fused: false, create }
      })
      this.#run = run
      run.done.then(
        () => this.#finish(undefined),
        (error: unknown) => this.#finish({ error }),
      )
    } catch (error) {
      this.#finish({ error })
    }
  }

  /** A failure is told once; after it the iterator is merely over. */
  #finish(failure: { error: unknown } | undefined): void {
    this.#end ??= { failure }
    while (this.#calls.length > 0) this.#answerEnd(this.#calls.shift())
  }

  #answerEnd({ resolve, reject }: Call<T>): void {
    const failure = this.#end?.failure
    this.#end = { failure: undefined }
    if (failure === undefined) resolve({ done: true, value: undefined })
    else reject(failure.error)
  }
}

/** The sink of the run: it asks for as many items as there are calls that wait. */
class HandOver<T> implements Sink {
  readonly result: Promise<void>
  readonly #env: RunEnvironment
  readonly #stage: StageAccount
  readonly #hand: (value: T) => void
  readonly #waiting: () => number
  #upstream: Upstream | undefined
  #isOpen = false
  /** The item that the caller has. */
  #out: { readonly context: Context | undefined } | undefined
  #isComplete = false
  #end!: { resolve: () => void; reject: (error: unknown) => void }

  constructor(env: RunEnvironment, stage: StageAccount, hand: (value: T) => void, waiting: () => number) {
    this.#env = env
    this.#stage = stage
    this.#hand = hand
    this.#waiting = waiting
    this.result = new Promise((resolve, reject) => {
      this.#end = { resolve, reject }
    })
    stage.refresh = () => {
      stage.inFlight = this.#out === undefined ? 0 : 1
    }
  }

  attach(upstream: Upstream): void {
    this.#upstream = upstream
  }

  open(): void {
    this.#isOpen = true
    this.ask(this.#waiting())
  }

  ask(items: number): void {
    if (this.#isOpen && items > 0) this.#upstream?.request(items)
  }

  next(value: T, context: Context | undefined): void {
    this.settle()
    this.#stage.in++
    this.#out = { context }
    this.#stage.to(BUSY)
    this.#hand(value)
  }

  /** Ends the account of the item that the caller had; the flow is over once the last one is. */
  settle(): void {
    const out = this.#out
    if (out === undefined) return
    this.#out = undefined
    this.#stage.to(STARVED)
    settle(out.context, 'done')
    if (this.#isComplete) this.#end.resolve()
  }

  giveBack(): void {
    const out = this.#out
    if (out === undefined) return
    this.#out = undefined
    loseItem(this.#env, this.#stage, out.context, 'cancelled', 'returned')
  }

  complete(): void {
    this.#isComplete = true
    if (this.#out === undefined) this.#end.resolve()
  }

  fail(error: unknown): void {
    this.giveBack()
    this.#end.reject(error)
  }
}
