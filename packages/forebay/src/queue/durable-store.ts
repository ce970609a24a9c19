import type { Outcome } from '../kernel/context.ts'
import type {
  DurableDelivery,
  DurableDepth,
  DurableEdge,
  DurableOptions,
  DurablePart,
  DurableStore,
} from '../kernel/durable.ts'
import { ForebayError, isForebayError } from '../kernel/errors.ts'
import type { RunEnvironment } from '../kernel/run-environment.ts'
import type { Codec } from './codec.ts'
import type { Delivery } from './delivery.ts'
import { DurableJunction } from './durable-junction.ts'
import type { MessageEnd, PutItem, Queue } from './queue.ts'
import type { Receiver } from './receiver.ts'
import type { Sender } from './sender.ts'
import type { Store } from './store.ts'

/** Makes a store usable for durable edges: `program.run({ store: durableStore(await openStore('disk:./data')) })`. */
export function durableStore(store: Store): DurableStore {
  return {
    url: store.url,
    openEdge: async (name, options, codec) => {
      const queue = await store.queue<unknown>(name, queueOptions(options, codec))
      const { shared, depth } = store.caps
      return shared && depth !== 'none' ? new SharedEdge(queue, options) : new QueueEdge(queue, options)
    },
    close: () => store.close(),
  }
}

function queueOptions(options: DurableOptions, codec: Codec<unknown> | undefined): object {
  const { items, bytes, overflow, maxAttempts, backoff, leaseMs, partitions } = options
  return {
    ...(items !== undefined && { maxItems: items }),
    ...(bytes !== undefined && { maxBytes: bytes }),
    ...(overflow !== undefined && { overflow }),
    ...(maxAttempts !== undefined && { maxAttempts }),
    ...(backoff !== undefined && { backoff }),
    ...(leaseMs !== undefined && { lease: leaseMs }),
    ...(partitions !== undefined && { partitions }),
    ...(codec !== undefined && { codec }),
    ...(options.id === undefined && { dedupe: false }),
  }
}

/** What a flow calls the reasons of a queue. */
const POLICIES: Readonly<Record<string, string>> = { oldest: 'drop-oldest', lowest: 'drop-lowest' }

/** One queue as the edge of a flow: the flow's credit is the queue's room above, and unsettled leases below. */
class QueueEdge implements DurableEdge {
  readonly carriedIn: number
  readonly capacityItems: number
  readonly capacityBytes: number
  protected readonly queue: Queue<unknown>
  readonly #sender: Sender<unknown>
  readonly #receiver: Receiver<unknown>
  readonly #options: DurableOptions
  /** When it is full it drops or fails: nobody has to wait. */
  readonly #actsWhenFull: boolean
  /** How the flow ended what is being settled, where that is not simply done; bounded by what the queue holds. */
  readonly #outcomes = new Map<string, { outcome: Outcome; reason: unknown }>()
  #onError: (error: unknown) => void = () => {}
  #isClosed = false

  constructor(queue: Queue<unknown>, options: DurableOptions) {
    this.queue = queue
    this.#options = options
    this.#actsWhenFull = (options.overflow ?? 'backpressure') !== 'backpressure'
    this.#sender = queue.sender()
    this.#receiver = queue.receiver({ prefetch: options.prefetch ?? 1024, renew: true })
    const { ready, leased, delayed } = queue.stats()
    this.carriedIn = ready + leased + delayed
    this.capacityItems = queue.maxItems
    this.capacityBytes = queue.maxBytes
  }

  join(name: string, env: RunEnvironment): DurablePart {
    const { window = 1024, prefetch = 1024, overflow = 'backpressure' } = this.#options
    return new DurableJunction(name, this, { window, prefetch, overflow }, env)
  }

  depth(): DurableDepth {
    return this.queue.stats()
  }

  async put(items: readonly unknown[]): Promise<readonly ('stored' | 'duplicate' | 'dropped')[]> {
    const { id, key, overflow } = this.#options
    // Items that came together are more than it can ever hold: for their flow that is the same as being full.
    if (overflow === 'fail' && items.length > this.capacityItems) {
      throw new ForebayError('FOREBAY_OVERFLOW', `${this.queue.name} is full`)
    }
    const puts = items.map((body): PutItem<unknown> => ({
      body,
      ...(id !== undefined && { id: id(body) }),
      ...(key !== undefined && { key: key(body) }),
    }))
    const results = await this.#sender.put(puts)
    return results.map(({ status }) => status)
  }

  room(): number {
    const { state, items, reason } = this.#sender.credit
    if (state === 'open') return items
    return reason === 'full' && this.#actsWhenFull ? Infinity : 0
  }

  onRoom(wake: () => void): void {
    this.#sender.onCredit(({ state }) => {
      if (state === 'open') wake()
    })
  }

  grant(items: number): void {
    this.#receiver.grant(items)
  }

  onDelivery(deliver: (deliveries: readonly DurableDelivery[]) => void): void {
    this.#receiver.onDelivery((deliveries) => deliver(deliveries.map((delivery) => this.#wrap(delivery))))
  }

  onEnd(listener: (end: 'acked' | 'dead' | 'evicted', outcome: Outcome, reason: unknown) => void): void {
    this.queue.onEnd(({ id, end, reason }: MessageEnd) => {
      if (end === 'dropped') return listener('evicted', 'dropped', POLICIES[reason ?? ''] ?? reason)
      const settled = this.#outcomes.size === 0 ? undefined : this.#outcomes.get(id)
      if (settled !== undefined) this.#outcomes.delete(id)
      listener(end, settled?.outcome ?? 'done', settled?.reason)
    })
  }

  onError(listener: (error: unknown) => void): void {
    this.#onError = listener
  }

  pause(): void {
    this.#receiver.pause()
  }

  async close(): Promise<void> {
    if (this.#isClosed) return
    this.#isClosed = true
    await this.#receiver.close()
    await this.#sender.close()
    await this.queue.close()
  }

  #wrap(delivery: Delivery<unknown>): DurableDelivery {
    const { key, level } = delivery
    return {
      value: delivery.body,
      context: { level, ...(key !== undefined && { key }) },
      settle: (outcome, reason) => this.#settle(delivery, outcome, reason),
    }
  }

  #settle(delivery: Delivery<unknown>, outcome: Outcome, reason: unknown): void {
    if (outcome === 'returned') {
      delivery.release()
      return
    }
    if (outcome !== 'done' || reason !== undefined) this.#outcomes.set(delivery.id, { outcome, reason })
    else if (this.#outcomes.size > 0) this.#outcomes.delete(delivery.id) // an earlier attempt may have failed
    const settled = outcome === 'failed' ? this.#fail(delivery, reason) : delivery.ack()
    settled.catch((error: unknown) => {
      this.#outcomes.delete(delivery.id)
      // A lost lease means that the message is somebody else's again: it is delivered anew, nothing is lost.
      if (!this.#isClosed && !isForebayError(error, 'FOREBAY_LEASE_LOST')) this.#onError(error)
    })
  }

  /** An error that says `retryable: false` can never succeed; everything else is tried again. */
  #fail(delivery: Delivery<unknown>, reason: unknown): Promise<void> {
    const text = reason instanceof Error ? reason.message : String(reason)
    const isFinal =
      typeof reason === 'object' && reason !== null && (reason as { retryable?: unknown }).retryable === false
    return isFinal ? delivery.reject(text) : delivery.nack({ reason: text })
  }
}

/** A queue that other processes may put into and take from, and whose store knows how much it holds. */
class SharedEdge extends QueueEdge {
  async held(): Promise<{ items: number; isExact: boolean }> {
    const { ready, leased, delayed } = await this.queue.measure()
    return { items: ready + leased + delayed, isExact: this.queue.caps.depth === 'exact' }
  }
}
