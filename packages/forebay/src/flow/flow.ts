import { show, checkFunction, checkInteger } from '../kernel/check.ts'
import type { DurableOptions } from '../kernel/durable.ts'
import type { Operator } from '../kernel/operator.ts'
import type { Overflow } from '../kernel/overflow.ts'
import type { JunctionNode, PlanNode } from '../kernel/plan.ts'
import type { RunOptions } from '../kernel/run.ts'
import { edgeOptions, type BufferOptions } from './edge-options.ts'
import { mapAsyncNode } from './map-async.ts'
import { mapBatchesNode, type BatchWork, type MapBatchesOptions } from './map-batches-node.ts'
import { batchOperator, type BatchOptions } from './operators/batch.ts'
import { flatMapOperator } from './operators/flat-map.ts'
import { scanOperator } from './operators/scan.ts'
import { takeOperator } from './operators/take.ts'
import { Program } from './program.ts'
import { forEachSink, type Writer } from './sinks/for-each.ts'
import { reduceSink } from './sinks/reduce.ts'
import type { MapAsyncOptions, WorkContext } from './work-options.ts'

/** How a sink is attached. */
export interface ToOptions {
  /** Writes at once; default 1. */
  concurrency?: number
  name?: string
}

/**
 * A blueprint of stages: data in motion, pulled by credit. Nothing runs until it is run; a flow can be
 * run any number of times, and two runs share nothing. Every method returns a new flow.
 */
export class Flow<T> {
  readonly node: PlanNode

  constructor(node: PlanNode) {
    this.node = node
  }

  /** Attaches a reusable piece: a function over flows, or an operator made with `operator()`. */
  via<U>(piece: ((flow: Flow<T>) => Flow<U>) | Operator<T, U>): Flow<U> {
    if (typeof piece === 'function') return piece(this)
    return new Flow<U>({ type: 'operator', name: piece.name, input: this.node, operator: piece })
  }

  /** Names the stage or edge before it: the name that `explain`, the console, metrics and the verdict use. */
  named(name: string): Flow<T> {
    const { node } = this
    if (node.type === 'edge') return new Flow<T>({ ...node, name, options: { ...node.options, name } })
    return new Flow<T>({ ...node, name } as PlanNode)
  }

  /**
   * The result of `fn` for each item.
   *
   * Emits: when an item arrives. Backpressures: when downstream does. Completes: when upstream completes.
   * Cancels: when downstream cancels. Loses: nothing.
   */
  map<U>(fn: (value: T) => U): Flow<U> {
    return this.via<U>({ kind: 'map', name: 'map', fn: checkFunction('map', fn) })
  }

  /**
   * The items for which `keep` returns something truthy.
   *
   * Emits: when an item is kept. Backpressures: when downstream does. Completes: when upstream completes.
   * Cancels: when downstream cancels. Loses: nothing; an item that is not kept counts as filtered, and is acknowledged.
   */
  filter<U extends T>(keep: (value: T) => value is U): Flow<U>
  filter(keep: (value: T) => unknown): Flow<T>
  filter(keep: (value: T) => unknown): Flow<T> {
    return this.via<T>({ kind: 'filter', name: 'filter', fn: checkFunction('filter', keep) })
  }

  /**
   * Calls `look` for each item before it goes on; what it returns is ignored.
   *
   * Emits: when an item arrives. Backpressures: when downstream does. Completes: when upstream completes.
   * Cancels: when downstream cancels. Loses: nothing.
   */
  tap(look: (value: T) => unknown): Flow<T> {
    return this.via<T>({ kind: 'tap', name: 'tap', fn: checkFunction('tap', look) })
  }

  /**
   * The first `count` items.
   *
   * Emits: while fewer than `count` have been. Backpressures: when downstream does. Completes: after `count`
   * items, or when upstream completes. Cancels: after `count` items, or when downstream cancels. Loses: nothing.
   */
  take(count: number): Flow<T> {
    return this.via(takeOperator<T>(count))
  }

  /**
   * The running fold, one state per item; `initial` may be a function when the state is mutable.
   *
   * Emits: when an item arrives. Backpressures: when downstream does. Completes: when upstream completes.
   * Cancels: when downstream cancels. Loses: nothing.
   */
  scan<S>(fold: (state: S, value: T) => S, initial: S | (() => S)): Flow<S> {
    return this.via(scanOperator(checkFunction('scan', fold), fresh(initial)))
  }

  /**
   * The items of the iterable that `fn` returns for each item; pulled with credit, so it may be endless.
   *
   * Emits: when the current iterable has an item. Backpressures: when downstream does, or the iterable has more.
   * Completes: when upstream has and the last iterable is empty. Cancels: when downstream cancels; the open
   * iterable is closed. Loses: nothing.
   */
  flatMap<U>(fn: (value: T) => Iterable<U>): Flow<U> {
    return this.via(flatMapOperator<T, U>(checkFunction('flatMap', fn)))
  }

  /**
   * Arrays of items, closed by number, bytes or time, whichever comes first.
   *
   * Emits: when a batch is full, or due and not empty. Backpressures: when a batch is full and downstream
   * backpressures. Completes: when upstream has, after the last batch. Cancels: when downstream cancels.
   * Loses: nothing; items of an unfinished batch are returned when the flow is cancelled.
   */
  batch(options: BatchOptions<T> | number, within?: BatchOptions<T>['within']): Flow<T[]> {
    const full = typeof options === 'number' ? { items: options, ...(within !== undefined && { within }) } : options
    return this.via(batchOperator<T>(full))
  }

  /**
   * A bounded edge: upstream may be so far ahead, and what happens then is said by the policy.
   *
   * Emits: when an item is held. Backpressures: when it is full and the policy is `backpressure` (never with
   * another policy). Completes: when upstream has and nothing is held. Cancels: when downstream cancels.
   * Loses: nothing with `backpressure`, `fail` and `spill`; otherwise what the policy says, counted by reason.
   */
  buffer(options: BufferOptions<T>): Flow<T>
  buffer(items: number, overflow?: Overflow): Flow<T>
  buffer(options: BufferOptions<T> | number, overflow?: Overflow): Flow<T> {
    const full = typeof options === 'number' ? { items: options, ...(overflow !== undefined && { overflow }) } : options
    return this.#edge(full, false)
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
   * Concurrent work on each item: order, gate, timeout, retry and what a failure does are options. A plain
   * result costs no promise.
   *
   * Emits: when a result is next in order. Backpressures: when `concurrency` items are in work or `buffer` are held.
   * Completes: when upstream has and no item is held. Cancels: when downstream cancels; work in flight gets its
   * signal. Loses: nothing by default; with `onError: 'resume'` the item that failed, with the reason `error`.
   */
  mapAsync<U>(fn: (value: T, work: WorkContext) => U | PromiseLike<U>, options: MapAsyncOptions<T, U> = {}): Flow<U> {
    return new Flow<U>(mapAsyncNode(this.node, checkFunction('mapAsync', fn), options))
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
    return new Flow<U>(mapBatchesNode(this.node, checkFunction('mapBatches', fn), options))
  }

  /** An edge that outlives the process, in the store that `run({ store })` brings. */
  durable(name: string, options: DurableOptions = {}): Flow<T> {
    return new Flow<T>({ type: 'durable', name, input: this.node, options, codec: undefined })
  }

  /** Attaches a stage of your own. */
  through<U>(junction: (input: PlanNode) => JunctionNode): Flow<U> {
    return new Flow<U>(junction(this.node))
  }

  /** Ends the flow in a sink: a function, or an object with `write` and perhaps `close`. Nothing runs yet. */
  to(sink: Writer<T> | ((value: T, signal: AbortSignal) => unknown), options: ToOptions = {}): Program<number> {
    const writer = typeof sink === 'function' ? { write: sink } : sink
    if (typeof writer !== 'object' || writer === null || typeof writer.write !== 'function') {
      throw new TypeError(`to: expected a function or an object with write(), got ${show(sink)}`)
    }
    const concurrency =
      options.concurrency === undefined ? 1 : checkInteger('concurrency', options.concurrency, 1, 65_536)
    return new Program<number>([forEachSink(this.node, options.name ?? 'sink', writer, concurrency)])
  }

  /** Runs it, calling `each` for every item, one at a time; resolves with their number. */
  forEach(each: (value: T) => unknown, options: RunOptions = {}): Promise<number> {
    return this.to(checkFunction('forEach', each), { name: 'forEach' }).run(options).done
  }

  /** Runs it and folds everything into one value. */
  reduce<S>(fold: (state: S, value: T) => S, initial: S | (() => S), options: RunOptions = {}): Promise<S> {
    return this.#fold('reduce', fresh(initial), checkFunction('reduce', fold), (state) => state, options)
  }

  #fold<S, R>(
    name: string,
    initial: () => S,
    fold: (state: S, value: T) => S,
    done: (state: S) => R,
    options: RunOptions,
  ): Promise<R> {
    return new Program<R>([reduceSink(this.node, name, initial, fold, done)]).run(options).done
  }

  #edge(options: BufferOptions<T>, deferred: boolean): Flow<T> {
    const edge = edgeOptions(options, deferred)
    return new Flow<T>({ type: 'edge', name: edge.name, input: this.node, options: edge })
  }
}

function fresh<S>(initial: S | (() => S)): () => S {
  return typeof initial === 'function' ? (initial as () => S) : () => initial
}
