import { show } from '../kernel/check.ts'
import { settle, type Context } from '../kernel/context.ts'
import type { Sink } from '../kernel/plan.ts'
import { UNBOUNDED, type Upstream } from '../kernel/receiver.ts'
import type { Run, RunOptions } from '../kernel/run.ts'
import type { StageAccount } from '../kernel/stage-account.ts'
import type { Flow } from '../flow/flow.ts'
import { Program } from '../flow/program.ts'
import type { Publisher, Subscriber, Subscription } from '../flow/sources/publisher.ts'

/**
 * A Reactive Streams publisher of a flow's items (1.0.4): each subscription is a run of its own, `request(n)` is
 * its credit, `cancel()` cancels it. Values may be `null` and `undefined`, unlike rule 2.13.
 */
export function toPublisher<T>(flow: Flow<T>, options: RunOptions = {}): Publisher<T> {
  return {
    subscribe: (subscriber) => {
      if (typeof subscriber?.onSubscribe !== 'function') {
        throw new TypeError(`subscribe: expected a subscriber, got ${show(subscriber)}`)
      }
      const link = new Link<T>(subscriber)
      link.start((create) => {
        const sink = { type: 'sink', name: 'subscriber', input: flow.node, bound: 0, slots: 1, fused: false } as const
        return new Program([{ ...sink, create }, ...flow.sides], 'flow', nothing).run(options)
      })
    },
  }
}

const nothing = (): void => {}

/** The subscription, and the sink of its run. */
class Link<T> implements Subscription, Sink {
  readonly result: Promise<void>
  readonly #subscriber: Subscriber<T>
  #end!: { resolve: () => void; reject: (error: unknown) => void }
  #run: Run<unknown> | undefined
  #stage: StageAccount | undefined
  #upstream: Upstream | undefined
  /** Asked for before the run was open, as a run with a durable edge is not at once. */
  #early = 0
  #isOpen = false
  #isIntroduced = false
  /** No signal may follow. */
  #isOver = false
  /** An end that came before the subscriber was introduced. */
  #pending: { failed: boolean; error: unknown } | undefined

  constructor(subscriber: Subscriber<T>) {
    this.#subscriber = subscriber
    this.result = new Promise((resolve, reject) => {
      this.#end = { resolve, reject }
    })
    this.result.catch(nothing)
  }

  /** Rule 1.9: `onSubscribe` comes first, whatever happens. */
  start(run: (create: (env: unknown, stage: StageAccount) => Sink) => Run<unknown>): void {
    try {
      this.#run = run((_env, stage) => {
        this.#stage = stage
        return this
      })
      this.#run.done.catch((error: unknown) => this.#tell({ failed: true, error }))
    } catch (error) {
      this.#pending = { failed: true, error }
    }
    this.#subscriber.onSubscribe(this)
    this.#isIntroduced = true
    if (this.#pending !== undefined) this.#tell(this.#pending)
  }

  request(n: number): void {
    if (this.#isOver) return
    if (typeof n !== 'number' || !(n >= 1)) {
      const error = new RangeError(`request: expected a number of items > 0, got ${show(n)} (Reactive Streams 3.9)`)
      this.#tell({ failed: true, error })
      this.#run?.cancel(error)
      return
    }
    const items = Math.min(Math.floor(n), UNBOUNDED)
    if (this.#isOpen) this.#upstream?.request(items)
    else this.#early = Math.min(this.#early + items, UNBOUNDED)
  }

  cancel(): void {
    if (this.#isOver) return
    this.#isOver = true
    this.#run?.cancel('the subscriber cancelled')
  }

  attach(upstream: Upstream): void {
    this.#upstream = upstream
  }

  open(): void {
    this.#isOpen = true
    if (this.#early > 0) this.#upstream?.request(this.#early)
  }

  next(value: T, context: Context | undefined): void {
    if (this.#stage !== undefined) this.#stage.in++
    if (this.#isOver) return settle(context, 'returned')
    try {
      this.#subscriber.onNext(value)
    } catch (error) {
      // Rule 2.13: a subscriber that throws counts as having cancelled; the run fails, so that somebody is told.
      this.#isOver = true
      settle(context, 'failed', error)
      throw error
    }
    settle(context, 'done')
  }

  complete(): void {
    this.#end.resolve()
    this.#tell({ failed: false, error: undefined })
  }

  fail(error: unknown): void {
    this.#end.reject(error)
    this.#tell({ failed: true, error })
  }

  #tell(end: { failed: boolean; error: unknown }): void {
    if (this.#isOver) return
    if (!this.#isIntroduced) {
      this.#pending ??= end
      return
    }
    this.#isOver = true
    if (end.failed) this.#subscriber.onError(end.error)
    else this.#subscriber.onComplete()
  }
}
