import type { Flow, SinkOf } from '../flow/flow.ts'
import { Program } from '../flow/program.ts'
import type { Subscriber, Subscription } from '../flow/sources/publisher.ts'
import { show } from '../kernel/check.ts'
import type { Run, RunOptions } from '../kernel/run.ts'
import { Inlet } from './inlet.ts'

/** A subscriber with the run that it feeds. */
export interface FlowSubscriber<T, R> extends Subscriber<T> {
  /** `run.done` settles when the sink is over: with its result, or with what failed either side. */
  readonly run: Run<R>
}

/** Sinks that are no functions: those that `flow.to` takes. */
type SinkObject<T> = Exclude<SinkOf<T>, (...args: never[]) => unknown>

/**
 * A Reactive Streams subscriber (1.0.4) that feeds a sink, or a program that a function makes of the items. It runs at
 * once and waits for its publisher; it asks for what the sink can take, and cancels its subscription when the run ends
 * by itself, is cancelled or fails. It takes one subscription; a second one is cancelled (rule 2.5).
 *
 * @example
 * const subscriber = toSubscriber((flow: Flow<Row>) => flow.batch({ items: 100 }).to(insert))
 * publisher.subscribe(subscriber)
 * await subscriber.run.done
 */
export function toSubscriber<T>(sink: SinkObject<T>, options?: RunOptions): FlowSubscriber<T, number>
export function toSubscriber<T, R>(build: (flow: Flow<T>) => Program<R>, options?: RunOptions): FlowSubscriber<T, R>
export function toSubscriber<T>(
  end: SinkObject<T> | ((flow: Flow<T>) => Program<unknown>),
  options: RunOptions = {},
): FlowSubscriber<T, unknown> {
  const inlet = new Inlet<T>()
  const program = typeof end === 'function' ? end(inlet.flow) : inlet.flow.to(end)
  if (!(program instanceof Program)) {
    throw new TypeError(
      `toSubscriber: expected a sink, or a function (flow) => flow.to(…), got ${show(program)} from it`,
    )
  }
  return new Plugged(inlet, program.run(options))
}

class Plugged<T, R> implements FlowSubscriber<T, R> {
  readonly run: Run<R>
  readonly #inlet: Inlet<T>

  constructor(inlet: Inlet<T>, run: Run<R>) {
    this.run = run
    this.#inlet = inlet
    if (inlet.isTaken) return
    // The run still opens its stores. Only then: whoever looks at `done` answers for a failure that nobody else looks at.
    const close = (): void => inlet.close()
    run.done.then(close, close)
  }

  onSubscribe(subscription: Subscription): void {
    this.#inlet.subscriber.onSubscribe(subscription)
  }

  onNext(value: T): void {
    this.#inlet.subscriber.onNext(value)
  }

  onError(error: unknown): void {
    this.#inlet.subscriber.onError(error)
  }

  onComplete(): void {
    this.#inlet.subscriber.onComplete()
  }
}
