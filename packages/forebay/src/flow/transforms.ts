import { checkFunction } from '../kernel/check.ts'
import type { Flow } from './flow.ts'
import { batchOperator, type BatchOptions } from './operators/batch.ts'
import { distinctOperator, distinctUntilChangedOperator, type DistinctOptions } from './operators/distinct.ts'
import { flatMapOperator } from './operators/flat-map.ts'
import { scanOperator } from './operators/scan.ts'
import { skipOperator } from './operators/skip.ts'
import { takeOperator, takeWhileOperator } from './operators/take.ts'
import { Stages } from './stages.ts'

/** What a flow can do with its items one after the other, in the same turn. */
export abstract class Transforms<T> extends Stages<T> {
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
   * Calls `look` for each item before it goes on; what it returns is ignored. See `wiretap` for a look that may lag.
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
   * The items up to the first for which `keep` is falsy; with `inclusive`, that one as well.
   *
   * Emits: while `keep` holds. Backpressures: when downstream does. Completes: at the first item that is not kept,
   * or when upstream completes. Cancels: at that item, or when downstream cancels. Loses: nothing; that item counts
   * as filtered.
   */
  takeWhile(keep: (value: T) => unknown, options: { inclusive?: boolean } = {}): Flow<T> {
    return this.via(takeWhileOperator<T>(keep, options.inclusive ?? false))
  }

  /**
   * Everything after the first `count` items.
   *
   * Emits: when an item arrives after `count` have been. Backpressures: when downstream does. Completes: when
   * upstream completes. Cancels: when downstream cancels. Loses: nothing; a skipped item counts as filtered.
   */
  skip(count: number): Flow<T> {
    return this.via(skipOperator<T>(count))
  }

  /**
   * Each item once, as far as `max` keys are remembered.
   *
   * Emits: when an item's key is not remembered. Backpressures: when downstream does. Completes: when upstream
   * completes. Cancels: when downstream cancels. Loses: nothing; a repeated item counts as filtered.
   */
  distinct(options: DistinctOptions<T>): Flow<T> {
    return this.via(distinctOperator<T>(options))
  }

  /**
   * The items whose key differs from that of the item before; the key is the item itself unless `by` is given.
   *
   * Emits: when the key changes. Backpressures: when downstream does. Completes: when upstream completes.
   * Cancels: when downstream cancels. Loses: nothing; an unchanged item counts as filtered.
   */
  distinctUntilChanged(by?: (value: T) => unknown): Flow<T> {
    return this.via(distinctUntilChangedOperator<T>(by))
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
    const full = typeof options === 'number' ? ({ items: options, within } as BatchOptions<T>) : options
    return this.via(batchOperator<T>(full))
  }
}

/** A first state per run. */
export function fresh<S>(initial: S | (() => S)): () => S {
  return typeof initial === 'function' ? (initial as () => S) : () => initial
}
