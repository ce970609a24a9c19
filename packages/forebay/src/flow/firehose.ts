import { checkFunction, show } from '../kernel/check.ts'
import { ForebayError } from '../kernel/errors.ts'
import type { Offered } from '../kernel/edge-options.ts'
import type { FirehoseNode, PlanNode } from '../kernel/plan.ts'
import { UNBOUNDED } from '../kernel/receiver.ts'
import type { Overflow } from '../kernel/overflow.ts'
import { edgeOptions, type BufferOptions } from './edge-options.ts'
import { latestOptions } from './edges.ts'
import { Flow } from './flow.ts'
import { isThenable } from '../kernel/is-thenable.ts'
import { withSite } from './sites.ts'

/** What a firehose may do when its edge is full: everything but wait. */
export type FirehoseOverflow = Exclude<Overflow, 'backpressure' | 'spill'>

/** What a firehose's edge needs: a bound and a policy. */
export interface FirehoseBuffer<T> extends Omit<BufferOptions<T>, 'overflow'> {
  overflow: FirehoseOverflow
}

/** Hands an item in, and says what became of it. */
export interface Emit<T> {
  (item: T): Offered
  /** No more items will come. */
  end(): void
  /** Fails the flow, after what is held has flowed out. */
  fail(error: unknown): void
}

/** Connects to something that cannot be slowed. May return the way to disconnect; `signal` aborts at the same time. */
export type Connect<T> = (emit: Emit<T>, signal: AbortSignal) => unknown

/**
 * A source that cannot be slowed. It becomes a flow only by naming what a full edge does with the item that
 * does not fit: it has no `to`, no `map`, nothing else.
 */
export class Firehose<T> {
  readonly node: FirehoseNode

  constructor(node: FirehoseNode) {
    this.node = node
  }

  named(name: string): Firehose<T> {
    return new Firehose<T>({ ...this.node, name })
  }

  /**
   * A flow through a bounded edge with a policy.
   *
   * Emits: when an item is held. Backpressures: never; that is the point. Completes: when the source has ended and
   * nothing is held. Cancels: when downstream cancels. Loses: what the policy says, counted by reason.
   */
  buffer(options: FirehoseBuffer<T>): Flow<T>
  buffer(items: number, overflow: FirehoseOverflow): Flow<T>
  buffer(options: FirehoseBuffer<T> | number, overflow?: FirehoseOverflow): Flow<T> {
    const full = typeof options === 'number' ? { items: options, overflow } : options
    const policy = full.overflow as Overflow | undefined
    if (policy === undefined || policy === 'backpressure' || policy === 'spill') {
      throw new ForebayError(
        'FOREBAY_UNBOUNDED',
        `${this.node.name}: a firehose needs a policy that drops or fails, got ${show(policy)}`,
      )
    }
    return this.#flow(edgeOptions<T>({ ...full, overflow: policy }))
  }

  /**
   * The newest item of each key; at most `max` keys are held.
   *
   * Emits: when an item is held. Backpressures: never. Completes: when the source has ended and nothing is held.
   * Cancels: when downstream cancels. Loses: items that a newer one of their key replaces (`replaced`), and the key
   * longest held when a new one finds no room (`latest`).
   */
  latestBy(key: (item: T) => unknown, options: { max: number; name?: string }): Flow<T> {
    return this.#flow(edgeOptions(latestOptions(key, options)))
  }

  /**
   * A flow that holds whatever comes: memory grows with the lag. `explain` warns about it, and a run with a `memory`
   * budget fails with `FOREBAY_OVERFLOW` when that is full, rather than taking the process down.
   *
   * Emits: when an item is held. Backpressures: never. Completes: when the source has ended and nothing is held.
   * Cancels: when downstream cancels. Loses: nothing.
   */
  ignoreBackpressure(): Flow<T> {
    return this.#flow({
      ...edgeOptions<T>({ items: 1, overflow: 'fail', name: 'ignoreBackpressure' }),
      items: UNBOUNDED,
    })
  }

  #flow(options: Extract<PlanNode, { type: 'edge' }>['options']): Flow<T> {
    const name = options.name
    return new Flow<T>(withSite({ type: 'edge', name, input: this.node, options }))
  }
}

/**
 * Connects to a source that cannot be slowed: a socket, an event emitter, an observable. `connect` is called
 * once per run.
 *
 * @example
 * const ticks = firehose<Tick>((emit, signal) => {
 *   const socket = new WebSocket(url)
 *   socket.onmessage = (event) => emit(JSON.parse(event.data))
 *   socket.onclose = () => emit.end()
 *   signal.addEventListener('abort', () => socket.close())
 * })
 * ticks.buffer(512, 'drop-oldest')
 */
export function firehose<T>(connect: Connect<T>): Firehose<T> {
  checkFunction('firehose', connect)
  explainMissing()
  return new Firehose<T>({
    type: 'firehose',
    name: 'firehose',
    start: (offer, end) => {
      const controller = new AbortController()
      const fail = (error: unknown): void => end({ error })
      const emit = Object.assign((item: T) => offer(item, undefined), { end: () => end(), fail })
      let disconnect: unknown
      try {
        disconnect = connect(emit, controller.signal)
        if (isThenable(disconnect)) disconnect.then(undefined, fail)
      } catch (error) {
        fail(error)
      }
      return () => {
        controller.abort('the flow has ended')
        if (typeof disconnect === 'function') disconnect()
      }
    },
  })
}

/** For callers without types: a method of flows that a firehose lacks says why, instead of "is not a function". */
function explainMissing(): void {
  for (let type = Flow.prototype as object; type !== Object.prototype; type = Object.getPrototypeOf(type)) {
    for (const method of Reflect.ownKeys(type)) {
      if (method in Firehose.prototype) continue
      const refuse = (): never => {
        throw new ForebayError(
          'FOREBAY_UNBOUNDED',
          `a firehose has no ${String(method)}(): it cannot be slowed. Say first what happens to what does not fit: ` +
            '.buffer(items, policy), .latestBy(key, { max }) or .ignoreBackpressure()',
        )
      }
      Object.defineProperty(Firehose.prototype, method, { value: refuse, enumerable: false })
    }
  }
}
