import { loseItem } from '../flow/lose-item.ts'
import type { Flow } from '../flow/flow.ts'
import { Program } from '../flow/program.ts'
import type { Subscriber, Subscription } from '../flow/sources/publisher.ts'
import { show } from '../kernel/check.ts'
import { settle, type Context } from '../kernel/context.ts'
import { ForebayError, isForebayError } from '../kernel/errors.ts'
import type { Sink } from '../kernel/plan.ts'
import type { Upstream } from '../kernel/receiver.ts'
import type { RunEnvironment } from '../kernel/run-environment.ts'
import type { Run, RunOptions } from '../kernel/run.ts'
import { BUSY, STARVED, type StageAccount } from '../kernel/stage-account.ts'
import { Demand, isDemand } from './demand.ts'

/** Options of {@link toPublisher}. */
export interface PublisherOptions extends RunOptions {
  /** Is given the run of each subscriber as it starts: to inspect it, to drain it. */
  readonly onRun?: (run: Run<void>) => void
  /** Is told when a subscriber throws, which rule 2.13 forbids and nobody else would see. Default: `console.error`. */
  readonly onViolation?: (error: ForebayError) => void
}

interface End {
  readonly failed: boolean
  readonly error: unknown
}

/**
 * The subscription of one subscriber, and the sink of its run.
 *
 *   introducing ──▶ ready ⇄ signalling ──▶ over
 *
 * Invariants: signals never overlap (rule 1.3), so an end that comes inside one waits for it to return; items
 * delivered ≤ items requested; once over, nothing is signalled and the subscriber is forgotten (rule 3.13).
 */
export class SubscriberLink<T> implements Subscription, Sink {
  readonly result: Promise<void>
  #state: 'introducing' | 'ready' | 'signalling' | 'over' = 'introducing'
  #subscriber: Subscriber<T> | undefined
  readonly #demand = new Demand()
  #pending: End | undefined
  #run: Run<void> | undefined
  #env!: RunEnvironment
  #stage!: StageAccount
  #upstream: Upstream | undefined
  #isOpen = false
  #settle!: { resolve: () => void; reject: (error: unknown) => void }
  readonly #onViolation: (error: ForebayError) => void
  readonly #onOver: () => void

  constructor(
    subscriber: Subscriber<T>,
    onViolation: ((error: ForebayError) => void) | undefined,
    onOver: () => void = nothing,
  ) {
    this.#subscriber = subscriber
    this.#onViolation = onViolation ?? report
    this.#onOver = onOver
    this.result = new Promise((resolve, reject) => {
      this.#settle = { resolve, reject }
    })
    this.result.catch(nothing)
  }

  get isOver(): boolean {
    return this.#state === 'over'
  }

  /** Whether `subscriber` has this subscription, and it is not over. */
  serves(subscriber: Subscriber<T>): boolean {
    return this.#subscriber === subscriber
  }

  /** The run begins when `onSubscribe` has returned, so that nothing is signalled inside it. */
  start(flow: Flow<T>, options: PublisherOptions): void {
    this.#introduce()
    if (this.isOver) return
    try {
      const { onRun, onViolation: _, ...runOptions } = options
      const run = (this.#run = this.#program(flow).run(runOptions))
      run.done.catch((error: unknown) => {
        readStack(error)
        this.#endWith(true, error)
      })
      onRun?.(run)
      if (this.isOver) return run.cancel('the subscriber cancelled')
    } catch (error) {
      return this.abort(error)
    }
    this.#grant()
  }

  /** Rule 1.9: whoever cannot be served is told so by `onError`, behind `onSubscribe`. */
  refuse(error: unknown): void {
    this.#pending = { failed: true, error }
    this.#introduce()
  }

  request(n: number | bigint): void {
    if (this.isOver) return
    if (!isDemand(n)) {
      return this.abort(
        new RangeError(`request: expected a whole number of items > 0, got ${show(n)} (Reactive Streams 3.9)`),
      )
    }
    this.#demand.add(n)
    this.#grant()
  }

  cancel(): void {
    if (this.isOver) return
    this.#close()
    this.#run?.cancel('the subscriber cancelled')
  }

  /** Fails the subscriber now, past everything that the run still holds, and cancels the run. */
  abort(error: unknown): void {
    if (this.isOver || this.#pending !== undefined) return
    this.#endWith(true, error)
    this.#run?.cancel(error)
  }

  attach(upstream: Upstream): void {
    this.#upstream = upstream
  }

  open(): void {
    this.#isOpen = true
    this.#stage.to(BUSY)
    this.#grant()
  }

  next(value: T, context: Context | undefined): void {
    const stage = this.#stage
    stage.in++
    if (this.#state !== 'ready') return loseItem(this.#env, stage, context, 'cancelled', 'returned')
    this.#state = 'signalling'
    try {
      this.#subscriber?.onNext(value)
    } catch (error) {
      stage.failed++
      settle(context, 'failed', error)
      return this.#thrown('onNext', error)
    }
    settle(context, 'done')
    if (this.#signalled() === 'over') return
    if (this.#demand.spend()) this.#grant()
    else if (this.#demand.isEmpty) stage.to(BUSY)
  }

  complete(): void {
    this.#settle.resolve()
    this.#endWith(false, undefined)
  }

  fail(error: unknown): void {
    this.#settle.reject(error)
    this.#endWith(true, error)
  }

  #introduce(): void {
    try {
      this.#subscriber?.onSubscribe(this)
    } catch (error) {
      this.#thrown('onSubscribe', error)
    }
    if (this.isOver) return
    this.#state = 'ready'
    if (this.#pending !== undefined) this.#tell(this.#pending)
  }

  #program(flow: Flow<T>): Program<void> {
    const create = (env: RunEnvironment, stage: StageAccount): Sink => {
      this.#env = env
      this.#stage = stage
      return this
    }
    const sink = {
      type: 'sink',
      name: 'subscriber',
      input: flow.node,
      bound: 0,
      slots: 1,
      fused: false,
      create,
    } as const
    return new Program<void>([sink, ...flow.sides], 'flow', nothing)
  }

  /** A stage that asks for nothing is busy: the subscriber has enough to do. */
  #grant(): void {
    if (!this.#isOpen || this.#run === undefined || this.isOver) return
    const items = this.#demand.take()
    if (items === 0) return
    this.#stage.to(STARVED)
    this.#upstream?.request(items)
  }

  /** A signal has returned. */
  #signalled(): 'ready' | 'over' {
    if (this.#state !== 'signalling') return 'over'
    this.#state = 'ready'
    if (this.#pending === undefined) return 'ready'
    this.#tell(this.#pending)
    return 'over'
  }

  #endWith(failed: boolean, error: unknown): void {
    if (this.isOver || this.#pending !== undefined) return
    this.#pending = { failed, error }
    if (this.#state === 'ready') this.#tell(this.#pending)
  }

  #tell({ failed, error }: End): void {
    const subscriber = this.#subscriber
    this.#close()
    try {
      if (failed) subscriber?.onError(error ?? new TypeError(`the flow failed with ${show(error)}, which is no error`))
      else subscriber?.onComplete()
    } catch (thrown) {
      this.#thrown(failed ? 'onError' : 'onComplete', thrown)
    }
  }

  #close(): void {
    this.#state = 'over'
    this.#subscriber = undefined
    this.#onOver()
  }

  /** Rule 2.13: whoever throws counts as having cancelled; the run fails, and somebody is told. */
  #thrown(method: string, cause: unknown): void {
    const error = new ForebayError('FOREBAY_PROTOCOL', `the subscriber threw in ${method} (Reactive Streams 2.13)`, {
      cause,
    })
    if (!this.isOver) this.#close()
    if (this.#run !== undefined) this.#env.fail(error)
    try {
      this.#onViolation(error)
    } catch (second) {
      report(second)
    }
  }
}

const nothing = (): void => {}

/** V8 keeps whoever was on the stack alive until the stack is read, and that is the subscriber which cancelled (rule 3.13). */
function readStack(error: unknown): void {
  if (isForebayError(error, 'FOREBAY_CANCELLED')) void error.stack
}

function report(error: unknown): void {
  console.error('forebay:', error)
}
