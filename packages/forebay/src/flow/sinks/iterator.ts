import type { Context } from '../../kernel/context.ts'
import type { PlanNode, Sink, SinkNode } from '../../kernel/plan.ts'
import type { Upstream } from '../../kernel/receiver.ts'
import type { RunEnvironment } from '../../kernel/run-environment.ts'
import type { Run } from '../../kernel/run.ts'
import type { StageAccount } from '../../kernel/stage-account.ts'
import { ItemInHand } from './item-in-hand.ts'
import { WaitingCalls } from './waiting-calls.ts'

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

class RunIterator<T> implements AsyncIterableIterator<T, undefined> {
  readonly #start: StartRun
  readonly #calls = new WaitingCalls<T>('iterator', () => {
    if (this.#run === undefined) this.#begin()
    else this.#sink?.ask(1)
  })
  #run: Run<unknown> | undefined
  #sink: HandOver<T> | undefined

  constructor(start: StartRun) {
    this.#start = start
  }

  [Symbol.asyncIterator](): this {
    return this
  }

  next(): Promise<IteratorResult<T, undefined>> {
    this.#sink?.done()
    return this.#calls.next()
  }

  async return(reason?: unknown): Promise<IteratorResult<T, undefined>> {
    this.#sink?.giveBack()
    this.#calls.end()
    this.#run?.cancel(reason ?? 'left the loop')
    await this.#run?.done.catch(() => {})
    return { done: true, value: undefined }
  }

  #begin(): void {
    try {
      const create = (env: RunEnvironment, stage: StageAccount): Sink =>
        (this.#sink = new HandOver<T>(env, stage, this.#calls))
      const run = this.#start((input) => {
        return { type: 'sink', name: 'iterator', input, bound: 1, slots: 1, fused: false, create }
      })
      this.#run = run
      run.done.then(
        () => this.#calls.end(),
        (error: unknown) => this.#calls.end({ error }),
      )
    } catch (error) {
      this.#calls.end({ error })
    }
  }
}

/** The sink of the run: it asks for as many items as there are calls that wait. */
class HandOver<T> implements Sink {
  readonly result: Promise<void>
  readonly #item: ItemInHand
  readonly #calls: WaitingCalls<T>
  #upstream: Upstream | undefined
  #isOpen = false
  #isComplete = false
  #end!: { resolve: () => void; reject: (error: unknown) => void }

  constructor(env: RunEnvironment, stage: StageAccount, calls: WaitingCalls<T>) {
    this.#item = new ItemInHand(env, stage)
    this.#calls = calls
    this.result = new Promise((resolve, reject) => {
      this.#end = { resolve, reject }
    })
  }

  attach(upstream: Upstream): void {
    this.#upstream = upstream
  }

  open(): void {
    this.#isOpen = true
    this.ask(this.#calls.length)
  }

  ask(items: number): void {
    if (this.#isOpen && items > 0) this.#upstream?.request(items)
  }

  next(value: T, context: Context | undefined): void {
    this.#item.take(context)
    this.#calls.answer(value)
  }

  /** Ends the account of the item that the caller had; the flow is over once the last one is. */
  done(): void {
    this.#item.done()
    if (this.#isComplete) this.#end.resolve()
  }

  giveBack(): void {
    this.#item.giveBack()
  }

  complete(): void {
    this.#isComplete = true
    if (!this.#item.isHeld) this.#end.resolve()
  }

  fail(error: unknown): void {
    this.giveBack()
    this.#end.reject(error)
  }
}
