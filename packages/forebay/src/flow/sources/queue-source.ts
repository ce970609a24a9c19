import { byteCount, type Bytes } from '../../kernel/bytes.ts'
import { checkFunction, checkInteger, checkOneOf } from '../../kernel/check.ts'
import { ForebayError } from '../../kernel/errors.ts'
import type { SourceNode } from '../../kernel/plan.ts'
import { Flow } from '../flow.ts'
import { withSite } from '../sites.ts'
import { OfferedItems, type QueueOffer, type QueueOverflow } from './offered-items.ts'

/** How {@link queueSource} bounds what it holds. */
export interface QueueSourceOptions {
  /** Items it holds for the flow. */
  items: number
  /** Bytes it holds: another item is taken while there are fewer. Default: only `items` count. */
  bytes?: Bytes
  /** Bytes of an item, 0 and more; needed with `bytes`. */
  sizeOf?: (value: any) => number
  /** What becomes of an item that does not fit; default `backpressure`: it is not taken. */
  overflow?: QueueOverflow
  /** Calls of `put` that may wait for room; default 16. */
  waiting?: number
  name?: string
}

/** A flow, and the way to feed it from outside. */
export interface QueueSource<T> {
  readonly flow: Flow<T>
  /** Items that are held. */
  readonly length: number
  /** Whether an item would be taken, without a policy and without waiting. */
  readonly hasRoom: boolean
  /** Hands an item in, or says at once why not. */
  offer(value: T): QueueOffer
  /**
   * Hands an item in, and waits for room if there is none; `full` when as many calls as may be wait already. An
   * aborted `signal` takes the item back and rejects with its reason.
   */
  put(value: T, options?: { signal?: AbortSignal }): QueueOffer | Promise<QueueOffer>
  /** No more items: the flow completes behind what is held. */
  complete(): void
  /** The flow fails behind what is held. */
  fail(error: unknown): void
}

/**
 * A flow that is fed by calls, for code that has items of its own: a request handler, an event. Every call says what
 * became of its item, and nothing waits without a bound. It can be fed before it runs, and run once: a second run
 * fails with `FOREBAY_ALREADY_RUN`.
 *
 * Emits: when an item is held. Backpressures: its callers, when it is full: `offer` answers `full`, and `put` waits. Completes: when
 * `complete` was called and nothing is held. Cancels: when downstream cancels; what is held is lost, and every later
 * call answers `closed`. Loses: what the policy says, counted by its name, and what is held when the flow ends early.
 */
export function queueSource<T>(options: QueueSourceOptions): QueueSource<T> {
  const { overflow = 'backpressure', waiting = 16, name = 'queueSource' } = options
  const items = new OfferedItems<T>({
    items: checkInteger('items', options.items, 1),
    overflow: checkOneOf('overflow', overflow, ['backpressure', 'drop-oldest', 'drop-newest', 'drop-all', 'fail']),
    waiting: checkInteger('waiting', waiting, 0, 65_536),
    name,
    bytes: options.bytes === undefined ? undefined : byteCount('bytes', options.bytes),
    sizeOf: options.bytes === undefined ? undefined : checkFunction('sizeOf', options.sizeOf),
  })
  let hasRun = false
  const node: SourceNode = {
    type: 'source',
    name,
    bound: options.items + waiting,
    create: (env, stage) => {
      if (!hasRun) {
        hasRun = true
        return items.attach(env, stage)
      }
      const error = new ForebayError('FOREBAY_ALREADY_RUN', `${name} can be run once, and has been`)
      return { bind: (port) => port.failed(error), run: () => {}, cancel: () => {}, pulled: () => 0 }
    },
  }
  return {
    flow: new Flow<T>(withSite(node)),
    get length() {
      return items.length
    },
    get hasRoom() {
      return items.hasRoom
    },
    offer: (value) => items.offer(value),
    put: (value, { signal } = {}) => items.put(value, signal),
    complete: () => items.end({ failed: false, error: undefined }),
    fail: (error) => items.end({ failed: true, error }),
  }
}
