import type { Flow } from '../flow/flow.ts'
import type { Processor, Subscriber, Subscription } from '../flow/sources/publisher.ts'
import { checkFunction, checkOneOf, show } from '../kernel/check.ts'
import { ForebayError } from '../kernel/errors.ts'
import { inputsOf, type PlanNode } from '../kernel/plan.ts'
import { Inlet } from './inlet.ts'
import { SubscriberLink, type PublisherOptions } from './subscriber-link.ts'
import { checkSubscriber, subscribedTwice } from './to-publisher.ts'

/** Options of {@link toProcessor}. */
export interface ProcessorOptions extends PublisherOptions {
  /**
   * What an error of the upstream does. `overtake`: it reaches the subscriber at once (rule 4.2), past everything that
   * the flow still holds, which is lost and counted. `through`: it takes the way of the items, behind them, and
   * may be recovered from. Default: `overtake`, or `through` for a flow with a stage that catches errors.
   */
  readonly errors?: 'overtake' | 'through'
}

/**
 * A Reactive Streams processor (1.0.4) made of a piece of flow: a subscriber of what goes in, a publisher of what
 * comes out. It takes one publisher and one subscriber, in either order, and is one run, which begins when it is
 * subscribed to; a second subscriber is refused with `FOREBAY_ALREADY_RUN`, a second publisher is cancelled.
 *
 * @example
 * publisher.subscribe(processor)
 * processor.subscribe(subscriber) // processor = toProcessor((flow) => flow.map((n) => n * 2).buffer(16))
 */
export function toProcessor<T, R>(build: (flow: Flow<T>) => Flow<R>, options: ProcessorOptions = {}): Processor<T, R> {
  checkFunction('toProcessor', build)
  const { errors, ...rest } = options
  if (errors !== undefined) checkOneOf('errors', errors, ['overtake', 'through'])
  const inlet = new Inlet<T>()
  const flow = build(inlet.flow)
  if (flow?.node === undefined)
    throw new TypeError(`toProcessor: expected a function that returns a flow, got ${show(flow)}`)
  return new FlowProcessor(inlet, flow, errors ?? (catches(flow.node) ? 'through' : 'overtake'), rest)
}

class FlowProcessor<T, R> implements Processor<T, R> {
  readonly #inlet: Inlet<T>
  readonly #flow: Flow<R>
  readonly #errors: 'overtake' | 'through'
  readonly #options: PublisherOptions
  #link: SubscriberLink<R> | undefined

  constructor(inlet: Inlet<T>, flow: Flow<R>, errors: 'overtake' | 'through', options: PublisherOptions) {
    this.#inlet = inlet
    this.#flow = flow
    this.#errors = errors
    this.#options = options
  }

  subscribe(subscriber: Subscriber<R>): void {
    checkSubscriber(subscriber)
    const { onViolation } = this.#options
    if (this.#link === undefined) {
      this.#link = new SubscriberLink<R>(subscriber, onViolation, () => this.#inlet.close())
      this.#link.start(this.#flow, this.#options)
    } else if (this.#link.serves(subscriber)) this.#link.abort(subscribedTwice())
    else new SubscriberLink<R>(subscriber, onViolation).refuse(servedAlready())
  }

  onSubscribe(subscription: Subscription): void {
    this.#inlet.subscriber.onSubscribe(subscription)
  }

  onNext(value: T): void {
    this.#inlet.subscriber.onNext(value)
  }

  onError(error: unknown): void {
    this.#inlet.subscriber.onError(error)
    // What can be handed over in this turn comes first; never inside another signal (rule 1.3).
    if (this.#errors === 'overtake') queueMicrotask(() => this.#link?.abort(error))
  }

  onComplete(): void {
    this.#inlet.subscriber.onComplete()
  }
}

/** Rule 1.11 lets a publisher decide how many subscribers it serves. */
function servedAlready(): ForebayError {
  return new ForebayError('FOREBAY_ALREADY_RUN', 'a processor has one subscriber: share its flow with broadcast()')
}

/** Whether a stage on the way to `node` does anything with an error but hand it on. */
function catches(node: PlanNode, seen = new Set<PlanNode>()): boolean {
  if (seen.has(node)) return false
  seen.add(node)
  const stage = node.type === 'operator' ? node.operator : node
  return ('catches' in stage && stage.catches === true) || inputsOf(node).some((input) => catches(input, seen))
}
