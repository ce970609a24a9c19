import { byteCount } from '../kernel/bytes.ts'
import { checkFunction, checkInteger, checkOneOf, show } from '../kernel/check.ts'
import type { DurableOptions } from '../kernel/durable.ts'
import type { Duration } from '../kernel/duration.ts'
import { ForebayError } from '../kernel/errors.ts'
import type { Gate } from '../kernel/gate.ts'
import { overflows, type Overflow } from '../kernel/overflow.ts'
import type { JunctionNode, PlanNode } from '../kernel/plan.ts'
import { edgeOptions, type BufferOptions } from './edge-options.ts'
import type { Flow } from './flow.ts'
import { paceNode, type ThroughOptions } from './junctions/pace.ts'
import { spillNode } from './junctions/spill.ts'
import { recoverWithNode, type RecoverWithOptions } from './junctions/recover-with.ts'
import { mapAsyncNode } from './map-async.ts'
import { mapBatchesNode, type BatchWork, type MapBatchesOptions } from './map-batches-node.ts'
import { recoverOperator } from './operators/recover.ts'
import { backpressureTimeoutOperator, idleTimeoutOperator } from './operators/timeouts.ts'
import { Transforms } from './transforms.ts'
import type { MapAsyncOptions, WorkContext } from './work-options.ts'

/** What a flow can do about time, failure and being ahead: buffers, gates, work that takes a while. */
export abstract class Edges<T> extends Transforms<T> {
  /**
   * A bounded edge: upstream may be so far ahead, and what happens then is said by the policy.
   *
   * Emits: when an item is held. Backpressures: when it is full and the policy is `backpressure` (never with
   * another policy). Completes: when upstream has and nothing is held. Cancels: when downstream cancels.
   * Loses: nothing with `backpressure`, `fail` and plain `spill`; otherwise what the policy says, counted by reason; with
   * a `ttl` also what has expired.
   *
   * `spill` goes on to the run's store when the memory is full, in order; when the store is full too, to backpressure or
   * to what `spill.overflow` says, counted by that name. It needs a `name`, which the store keeps it under; items come
   * back as the store's codec gives them (JSON). What an earlier run left in the store, killed or not, is handed on by the
   * next, at least once, as soon as the store gives it out.
   */
  buffer(options: BufferOptions<T>): Flow<T>
  buffer(items: number, overflow?: Overflow): Flow<T>
  buffer(options: BufferOptions<T> | number, overflow?: Overflow): Flow<T> {
    const full = typeof options === 'number' ? ({ items: options, overflow } as BufferOptions<T>) : options
    return full.overflow === 'spill' ? this.#spill(full) : this.#edge(full, false)
  }

  /**
   * An asynchronous boundary: what follows runs in a later turn of the event loop, `items` ahead at most.
   *
   * Emits: in the next turn after an item arrived. Backpressures: when `items` are held. Completes: when upstream
   * has and nothing is held. Cancels: when downstream cancels. Loses: nothing.
   */
  async(items = 16): Flow<T> {
    return this.#edge({ items, name: 'async' }, true)
  }

  /**
   * The newest item of each key, for a consumer that only wants to be up to date. At most `max` keys are held.
   *
   * Emits: when an item is held; keys leave in the order in which they came. Backpressures: never. Completes: when
   * upstream has and nothing is held. Cancels: when downstream cancels. Loses: an item that a newer one of its key
   * replaces, with the reason `replaced`; the key longest held when a new one finds no room, with the reason `latest`.
   */
  latestBy(key: (item: T) => unknown, options: { max: number; name?: string }): Flow<T> {
    return this.#edge(latestOptions(key, options), false)
  }

  /**
   * An edge that outlives the process, in the store that `run({ store })` brings. What a run leaves in it is delivered
   * by the next. Leases are renewed while the flow holds their items, however slow it is; those of a process that died
   * or hangs end after `leaseMs`, and their items are delivered again (at least once).
   *
   * Emits: when the store hands an item out, at most `prefetch` ahead of their ends. Backpressures: when `window` items
   * are on their way to the store, or it is full. Completes: when upstream has and nothing is left in the store.
   * Cancels: when downstream cancels; what is in the store stays there. Loses: nothing.
   */
  durable(name: string, options: DurableOptions = {}): Flow<T> {
    return this.derive<T>({ type: 'durable', name, input: this.node, options, codec: undefined })
  }

  /**
   * Concurrent work on each item: order, gate, timeout, retry and what a failure does are options. A plain
   * result costs no promise.
   *
   * Emits: when a result is next in order. Backpressures: when `concurrency` items are in work or `buffer` are held.
   * Completes: when upstream has and no item is held. Cancels: when downstream cancels; work in flight gets its
   * signal. Loses: nothing by default; with `onError: 'resume'` the item that failed, with the reason `error`.
   */
  mapAsync<U>(fn: (value: T, work: WorkContext) => U | PromiseLike<U>, options: MapAsyncOptions<T, U> = {}): Flow<U> {
    return this.derive<U>(withLosses(mapAsyncNode(this.node, checkFunction('mapAsync', fn), options), options))
  }

  /**
   * Concurrent calls that take several items each, over a flow of single items: a bulk request, a batched
   * model. Every item keeps its own account; an `Error` in the answer fails that item alone.
   *
   * Emits: when the result of an item is next in order. Backpressures: when `concurrency` calls are out and one
   * more is full. Completes: when upstream has and no item is held. Cancels: when downstream cancels; calls in
   * flight get their signal. Loses: nothing by default; with `onError: 'resume'` the items that failed.
   */
  mapBatches<U>(fn: BatchWork<T, U>, options: MapBatchesOptions<T, U>): Flow<U> {
    return this.derive<U>(withLosses(mapBatchesNode(this.node, checkFunction('mapBatches', fn), options), options))
  }

  /**
   * Lets items pass at the pace of a rate gate.
   *
   * Emits: when the gate lets an item pass. Backpressures: while an item waits for its permit, or downstream does.
   * Completes: when upstream has and no item waits. Cancels: when downstream cancels. Loses: nothing.
   */
  through(gate: Gate, options: ThroughOptions<T> = {}): Flow<T> {
    if (typeof (gate as Partial<Gate> | null)?.acquire !== 'function') {
      throw new TypeError(`through: expected a gate, got ${show(gate)}`)
    }
    return this.derive<T>(paceNode(this.node, gate, options))
  }

  /**
   * Fails when no item comes for `limit` although downstream wants one.
   *
   * Emits: when an item arrives. Backpressures: when downstream does; that time does not count. Completes: when
   * upstream completes. Cancels: when downstream cancels, or the time is over. Loses: nothing.
   */
  idleTimeout(limit: Duration): Flow<T> {
    return this.via(idleTimeoutOperator<T>(limit))
  }

  /**
   * Fails when downstream wants nothing for `limit`: a consumer that is stuck, however busy the source.
   *
   * Emits: when an item arrives. Backpressures: when downstream does, for less than `limit`. Completes: when upstream
   * completes. Cancels: when downstream cancels, or the time is over. Loses: nothing.
   */
  backpressureTimeout(limit: Duration): Flow<T> {
    return this.via(backpressureTimeoutOperator<T>(limit))
  }

  /**
   * One last item made of the error, instead of a failure. For another flow instead, see `recoverWith`.
   *
   * Emits: when an item arrives, or upstream fails. Backpressures: when downstream does. Completes: when upstream
   * completes, or after the last item. Cancels: when downstream cancels. Loses: the item whose work failed.
   */
  recover<U>(fn: (error: unknown) => U): Flow<T | U> {
    return this.via(recoverOperator<T, U>(fn))
  }

  /**
   * Goes on with the flow that `fn` returns when this one fails, `max` times in a run. What was held comes first.
   *
   * Emits: when the present flow does. Backpressures: when downstream does. Completes: when the present flow
   * completes. Cancels: when downstream cancels. Loses: the item whose work failed.
   */
  recoverWith<U>(fn: (error: unknown) => Flow<U>, options: RecoverWithOptions = {}): Flow<T | U> {
    checkFunction('recoverWith', fn)
    return this.derive<T | U>(recoverWithNode(this.node, (error) => replacement(fn(error)), options))
  }

  #spill(options: BufferOptions<T>): Flow<T> {
    if (options.name === undefined || options.ttl !== undefined) {
      throw new RangeError("buffer: overflow 'spill' needs a name for its store, and no ttl")
    }
    const memory = edgeOptions({ ...options, overflow: 'backpressure' })
    const { items, bytes, overflow } = options.spill ?? {}
    return this.derive<T>(
      spillNode(this.node, memory, {
        ...(items !== undefined && { items: checkInteger('spill.items', items, 1) }),
        ...(bytes !== undefined && { bytes: byteCount('spill.bytes', bytes) }),
        ...(overflow !== undefined && { overflow: checkOneOf('spill.overflow', overflow, overflows) }),
      }),
    )
  }

  #edge(options: BufferOptions<T>, deferred: boolean): Flow<T> {
    const edge = edgeOptions(options, deferred)
    return this.derive<T>({ type: 'edge', name: edge.name, input: this.node, options: edge })
  }
}

/** The edge of `latestBy`. */
export function latestOptions<T>(
  key: (item: T) => unknown,
  { max, name = 'latestBy' }: { max: number; name?: string },
): BufferOptions<T> {
  return { items: checkInteger('max', max, 1), overflow: 'latest', key: checkFunction('latestBy', key), name }
}

/** What a stage may lose as its options say, for `explain`. */
function withLosses(node: JunctionNode, options: { onError?: string }): JunctionNode {
  return options.onError === 'resume' ? { ...node, loses: 'items whose work fails' } : node
}

function replacement(flow: Flow<unknown>): PlanNode {
  if (!(flow instanceof Edges)) throw new TypeError(`recoverWith: expected a flow, got ${show(flow)}`)
  if (flow.sides.length > 0) {
    throw new ForebayError('FOREBAY_UNSUPPORTED', 'recoverWith: a replacement may not have side branches')
  }
  return flow.node
}
