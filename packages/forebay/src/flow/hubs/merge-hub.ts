import { checkInteger } from '../../kernel/check.ts'
import { ForebayError } from '../../kernel/errors.ts'
import { RingBuffer } from '../../kernel/ring-buffer.ts'
import { Flow, type OpenSink } from '../flow.ts'
import type { Writer } from '../sinks/for-each.ts'
import { withSite } from '../sites.ts'
import { MergeProducer, type ProducerState } from './merge-producer.ts'
import { MergePull, type MergePullHost } from './merge-pull.ts'

/** What a merge hub can be told. */
export interface MergeHubOptions {
  /** Items it holds at most, of all producers together; default 64. */
  items?: number
  /** Items it holds at most of each producer; default 8. */
  perProducer?: number
  /** Producers at once at most; one more fails with `FOREBAY_OVERFLOW`. Default 65,536. */
  maxProducers?: number
  name?: string
}

/** The picture of a merge hub: in = out + held + dropped. */
export interface MergeHubState {
  readonly name: string
  /** `draining`: takes no new producers; `closed`: all is over. */
  readonly state: 'running' | 'draining' | 'closed'
  readonly in: number
  readonly out: number
  readonly held: number
  /** Items that it held when it was aborted or its flow was cancelled. */
  readonly dropped: number
  readonly producers: readonly ProducerState[]
}

/**
 * A hub that many flows feed, which come and go while one flow runs. `flow.to(hub.sink())` is a producer, at any time
 * and any number of times; `hub.flow` is what they bring, for one run. A producer that ends or fails leaves the others
 * alone; the flow goes on when none is left, until `hub.shutdown()`.
 *
 * Emits: when a producer has an item; in turn among those that do. Backpressures: each producer while its share, or the
 * whole, is full. Completes: after `shutdown()`, when the last producer has ended and nothing is held. Cancels: when
 * downstream cancels or is drained; what producers write then fails with `FOREBAY_CLOSED`. Loses: what is held when downstream
 * cancels or at `abort(error)`, counted as `cancelled` and `failed`.
 *
 * @example
 * const events = mergeHub<Event>()
 * events.flow.to(store).run()
 * server.on('connection', (socket) => flow(socket).via(lines()).to(events.sink({ name: socket.id })).run())
 */
export function mergeHub<T>(options: MergeHubOptions = {}): MergeHub<T> {
  return new MergeHub<T>(options)
}

/**
 *   producer a ─▶ [ ≤ perProducer ] ┐
 *   producer b ─▶ [ ≤ perProducer ] ┼ ≤ items, in turn ─▶ flow
 *   (line of producers that wait for the whole) ┘
 *
 * Invariants: held = the sum over producers ≤ items; `ready` has each producer that holds something once; `line` has
 * those whose writes wait though they have a place of their own, so it is empty while held < items.
 */
export class MergeHub<T> implements MergePullHost<T> {
  readonly name: string
  /** What the producers bring, for one run: a second fails with `FOREBAY_ALREADY_RUN`. */
  readonly flow: Flow<T>
  held = 0
  failure: { readonly error: unknown } | undefined
  readonly #items: number
  readonly #perProducer: number
  readonly #maxProducers: number
  readonly #producers = new Set<MergeProducer<T>>()
  readonly #ready: RingBuffer<MergeProducer<T>>
  readonly #line = new Set<MergeProducer<T>>()
  #state: MergeHubState['state'] = 'running'
  #pull: MergePull<T> | undefined
  #in = 0
  #out = 0
  #dropped = 0

  constructor(options: MergeHubOptions = {}) {
    const { items, perProducer, maxProducers, name = 'mergeHub' } = options
    this.name = name
    this.#items = items === undefined ? 64 : checkInteger('items', items, 1)
    this.#perProducer = perProducer === undefined ? 8 : checkInteger('perProducer', perProducer, 1)
    this.#maxProducers = maxProducers === undefined ? 65_536 : checkInteger('maxProducers', maxProducers, 1, 16_777_216)
    this.#ready = new RingBuffer(this.#items)
    this.flow = new Flow<T>(
      withSite({
        type: 'source',
        name,
        bound: this.#items,
        create: (env, stage) => {
          if (this.#pull !== undefined) throw new ForebayError('FOREBAY_ALREADY_RUN', `${name} has had its flow run`)
          const pull = (this.#pull = new MergePull<T>(this, env, stage))
          return pull
        },
      }),
    )
  }

  /** Nothing is held, and nothing will come. */
  get isDry(): boolean {
    return this.held === 0 && this.#state !== 'running' && this.#producers.size === 0
  }

  /** A way in, for `flow.to(...)`; every run of it is a producer. After `shutdown` or `abort` such a run is refused with `FOREBAY_CLOSED`. */
  sink(options: { name?: string } = {}): OpenSink<T> {
    const { name = 'producer' } = options
    return { open: () => this.#open(name) }
  }

  /** No new producers from now on. When those that are there have ended and everything is handed on, the flow completes. */
  shutdown(): void {
    if (this.#state !== 'running') return
    this.#state = 'draining'
    this.#pull?.changed()
  }

  /** Ends everything now: the flow fails with `error`, what is held is lost, and what producers write fails with it. */
  abort(error: unknown): void {
    if (this.#state === 'closed') return
    this.failure = { error }
    const pull = this.#pull
    this.#close(() => pull?.lose('failed'))
    pull?.fail(error)
  }

  inspect(): MergeHubState {
    return {
      name: this.name,
      state: this.isDry ? 'closed' : this.#state,
      in: this.#in,
      out: this.#out,
      held: this.held,
      dropped: this.#dropped,
      producers: [...this.#producers].map((producer) => producer.inspect()),
    }
  }

  next(): T {
    const producer = this.#ready.shift()
    const item = producer.held.shift()
    this.held--
    this.#out++
    if (producer.held.length > 0) this.#ready.push(producer)
    if (producer.line.length > 0) this.#line.add(producer)
    this.#admit()
    return item
  }

  consumerGone(lose: (() => void) | undefined): void {
    this.#close(lose)
  }

  #open(name: string): Writer<T> {
    if (this.#state !== 'running') throw this.#refusal()
    if (this.#producers.size >= this.#maxProducers) {
      throw new ForebayError('FOREBAY_OVERFLOW', `${this.name} has ${this.#maxProducers} producers already`)
    }
    const producer = new MergeProducer<T>(name, this.#perProducer, (refused) => void this.#line.delete(refused))
    this.#producers.add(producer)
    return {
      write: (value, signal) => this.#write(producer, value, signal),
      close: () => this.#closed(producer),
    }
  }

  #write(producer: MergeProducer<T>, value: T, signal: AbortSignal): Promise<void> | undefined {
    if (this.#state === 'closed') throw this.#refusal()
    const hasPlace = producer.held.length < this.#perProducer && producer.line.length === 0
    if (hasPlace && this.held < this.#items) {
      this.#accept(producer, value)
      return undefined
    }
    if (hasPlace) this.#line.add(producer)
    return producer.line.wait(value, signal)
  }

  #accept(producer: MergeProducer<T>, value: T): void {
    producer.held.push(value)
    producer.taken++
    this.held++
    this.#in++
    if (producer.held.length === 1) this.#ready.push(producer)
    this.#pull?.changed()
  }

  /** Places have come free: they go to those that wait, one each in turn. */
  #admit(): void {
    for (const producer of this.#line) {
      if (this.held >= this.#items) return
      this.#line.delete(producer)
      const value = producer.line.head
      producer.line.release()
      this.#accept(producer, value)
      if (producer.line.length > 0 && producer.held.length < this.#perProducer) this.#line.add(producer)
    }
  }

  /** A producer has ended; what is held of it is still handed on. */
  #closed(producer: MergeProducer<T>): void {
    producer.line.close()
    this.#producers.delete(producer)
    this.#pull?.changed()
  }

  /** Nothing more comes in. What is held is lost when `lose` says how, else it is handed on. */
  #close(lose: (() => void) | undefined): void {
    if (this.#state === 'closed') return
    this.#state = 'closed'
    const waiting = [...this.#producers]
    this.#producers.clear()
    for (const { line } of waiting) line.refuse(this.#refusal())
    if (lose === undefined) return
    for (; this.held > 0; this.held--) {
      this.#dropped++
      lose()
    }
    while (this.#ready.length > 0) this.#ready.shift()
  }

  #refusal(): unknown {
    return this.failure?.error ?? new ForebayError('FOREBAY_CLOSED', `${this.name} takes no more items`)
  }
}
