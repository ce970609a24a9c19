import { Flow } from '../flow/flow.ts'
import {
  PublisherPull,
  publisherSource,
  type Publisher,
  type Subscriber,
  type Subscription,
} from '../flow/sources/publisher.ts'
import { ForebayError } from '../kernel/errors.ts'
import type { Pull } from '../kernel/receiver.ts'
import type { RunEnvironment } from '../kernel/run-environment.ts'
import type { StageAccount } from '../kernel/stage-account.ts'
import { StrictSubscriber } from './strict-subscriber.ts'

/**
 * Where a publisher plugs into a flow from outside. Publisher and run may come in either order; what the publisher
 * says before the run listens is kept, which is bounded, because nothing has been requested then.
 *
 *   publisher ─▶ strict subscriber ─▶ [ inlet ] ─▶ source of the run
 */
export class Inlet<T> implements Subscriber<T>, Publisher<T> {
  /** For the publisher. */
  readonly subscriber: Subscriber<T> = new StrictSubscriber<T>(this)
  /** What is plugged in. It listens as soon as it runs, so that an end needs no demand. */
  readonly flow: Flow<T> = new Flow<T>({
    ...publisherSource<T>(this),
    create: (env: RunEnvironment, stage: StageAccount) => this.#open(env, stage),
  })
  #subscription: Subscription | undefined
  #end: { failed: boolean; error: unknown } | undefined
  /** The source of the run, once it listens. */
  #source: Subscriber<T> | undefined
  #isTaken = false
  #isClosed = false

  /** Whether there is a run that listens, or is about to. */
  get isTaken(): boolean {
    return this.#isTaken
  }

  onSubscribe(subscription: Subscription): void {
    if (this.#source !== undefined) this.#source.onSubscribe(subscription)
    else if (this.#subscription !== undefined || this.#isClosed) cancel(subscription)
    else this.#subscription = subscription
  }

  onNext(value: T): void {
    if (this.#source !== undefined) return this.#source.onNext(value)
    const message = 'the publisher sent more than was requested (Reactive Streams 1.1)'
    this.onError(new ForebayError('FOREBAY_PROTOCOL', message))
    cancel(this.#subscription)
  }

  onError(error: unknown): void {
    if (this.#source !== undefined) this.#source.onError(error)
    else this.#end ??= { failed: true, error }
  }

  onComplete(): void {
    if (this.#source !== undefined) this.#source.onComplete()
    else this.#end ??= { failed: false, error: undefined }
  }

  subscribe(source: Subscriber<T>): void {
    // Not at once: the rest of the flow is not in place yet.
    queueMicrotask(() => this.#listen(source))
  }

  /** There will be no run: who is plugged in is cancelled, now or when it comes (rule 2.6). */
  close(): void {
    if (this.#isClosed || this.#isTaken) return
    this.#isClosed = true
    if (this.#end === undefined) cancel(this.#subscription)
  }

  #open(env: RunEnvironment, stage: StageAccount): Pull {
    if (this.#isTaken) return new PublisherPull<T>({ subscribe: refuse }, env, stage)
    this.#isTaken = true
    const pull = new PublisherPull<T>(this, env, stage)
    pull.subscribe()
    return pull
  }

  #listen(source: Subscriber<T>): void {
    this.#source = source
    if (this.#subscription !== undefined) source.onSubscribe(this.#subscription)
    if (this.#end === undefined) return
    if (this.#end.failed) source.onError(this.#end.error)
    else source.onComplete()
  }
}

function refuse(source: Subscriber<unknown>): void {
  source.onError(
    new ForebayError('FOREBAY_ALREADY_RUN', 'what is plugged in can be read once: share it with broadcast()'),
  )
}

/** Rule 3.15 forbids a `cancel` that throws; there is no run that could be told. */
function cancel(subscription: Subscription | undefined): void {
  try {
    subscription?.cancel()
  } catch {}
}
