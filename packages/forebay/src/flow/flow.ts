import { checkFunction, checkInteger, show } from '../kernel/check.ts'
import { ForebayError } from '../kernel/errors.ts'
import type { PlanNode, SinkNode } from '../kernel/plan.ts'
import type { RunOptions } from '../kernel/run.ts'
import { Branches } from './branches.ts'
import { Program } from './program.ts'
import { withSite } from './sites.ts'
import { forEachSink, type Writer } from './sinks/for-each.ts'
import { runIterator } from './sinks/iterator.ts'
import { reduceSink } from './sinks/reduce.ts'
import { fresh } from './transforms.ts'

/** How a sink is attached. */
export interface ToOptions {
  /** Writes at once; default 1. */
  concurrency?: number
  name?: string
}

/** A sink that is opened anew for every run. */
export interface OpenSink<T> {
  open(): Writer<T>
}

/** What a flow may end in: a function, an object with `write` and perhaps `close`, or one with `open`. */
export type SinkOf<T> = ((value: T, signal: AbortSignal) => unknown) | Writer<T> | OpenSink<T>

/**
 * A blueprint of stages: data in motion, pulled by credit. Nothing runs until it is run; a flow can be
 * run any number of times, and two runs share nothing. Every method returns a new flow.
 */
export class Flow<T> extends Branches<T> {
  protected derive<U>(node: PlanNode, sides: readonly SinkNode[] = this.sides): Flow<U> {
    return new Flow<U>(withSite(node), sides)
  }

  /**
   * Ends the flow in a sink. Nothing runs yet; the result of a run is the number of items written.
   *
   * Emits: nothing. Backpressures: while `concurrency` writes are out. Completes: when upstream has and every write is
   * over. Cancels: when a write fails, or the run is cancelled; writes in flight get their signal. Loses: the items
   * whose writes have failed.
   */
  to(sink: SinkOf<T>, options: ToOptions = {}): Program<number> {
    const { name = 'sink', concurrency = 1 } = options
    checkInteger('concurrency', concurrency, 1, 65_536)
    const open = opener(sink)
    const node = withSite<SinkNode>({
      ...forEachSink(this.node, name, nowhere, concurrency),
      create: (env, stage) => forEachSink(this.node, name, open(), concurrency).create(env, stage),
    })
    return this.#end<number>(node)
  }

  /**
   * Runs it, calling `each` for every item, one at a time; resolves with their number.
   *
   * Emits: nothing. Backpressures: while a call is out. Completes: when upstream has and the last call is over.
   * Cancels: when a call fails. Loses: the item whose call has failed.
   */
  forEach(each: (value: T) => unknown, options: RunOptions = {}): Promise<number> {
    return this.to(checkFunction('forEach', each), { name: 'forEach' }).run(options).done
  }

  /**
   * Runs it and folds everything into one value.
   *
   * Emits: nothing. Backpressures: never. Completes: when upstream completes. Cancels: when `fold` throws.
   * Loses: the item for which it has thrown.
   */
  reduce<S>(fold: (state: S, value: T) => S, initial: S | (() => S), options: RunOptions = {}): Promise<S> {
    return this.#fold('reduce', fresh(initial), checkFunction('reduce', fold), (state) => state, options)
  }

  /**
   * Runs it and resolves with all items in an array; one more than `max` fails it with `FOREBAY_OVERFLOW`.
   *
   * Emits: nothing. Backpressures: never. Completes: when upstream completes. Cancels: at one item more than `max`.
   * Loses: nothing when it resolves.
   */
  toArray(max: number, options: RunOptions = {}): Promise<T[]> {
    checkInteger('toArray max', max, 0)
    const add = (items: T[], value: T): T[] => {
      if (items.length >= max) throw new ForebayError('FOREBAY_OVERFLOW', `toArray: more than ${max} items`)
      items.push(value)
      return items
    }
    return this.#fold(
      'toArray',
      () => [],
      add,
      (items) => items,
      options,
    )
  }

  /**
   * Runs it and resolves with the number of items.
   *
   * Emits: nothing. Backpressures: never. Completes: when upstream completes. Cancels: when the run is cancelled.
   * Loses: nothing.
   */
  count(options: RunOptions = {}): Promise<number> {
    return this.#fold(
      'count',
      () => 0,
      (count) => count + 1,
      (count) => count,
      options,
    )
  }

  /**
   * Resolves with the first item and cancels the rest; rejects with `FOREBAY_EMPTY` when there is none.
   *
   * Emits: nothing. Backpressures: once it has its item. Completes: at the first item, or when upstream completes.
   * Cancels: at the first item. Loses: nothing.
   */
  first(options: RunOptions = {}): Promise<T> {
    return this.take(1).last(options)
  }

  /**
   * Runs it and resolves with the last item; rejects with `FOREBAY_EMPTY` when there is none.
   *
   * Emits: nothing. Backpressures: never. Completes: when upstream completes. Cancels: when the run is cancelled.
   * Loses: nothing.
   */
  last(options: RunOptions = {}): Promise<T> {
    const nothing: { value: T } | undefined = undefined
    const done = (last: { value: T } | undefined): T => {
      if (last === undefined) throw new ForebayError('FOREBAY_EMPTY', 'the flow ended without an item')
      return last.value
    }
    return this.#fold<{ value: T } | undefined, T>(
      'last',
      () => nothing,
      (_, value) => ({ value }),
      done,
      options,
    )
  }

  /**
   * Runs it for what its stages do; the items themselves are thrown away.
   *
   * Emits: nothing. Backpressures: never. Completes: when upstream completes. Cancels: when the run is cancelled.
   * Loses: nothing; an item that has come to the end is done.
   */
  drain(options: RunOptions = {}): Promise<void> {
    return this.#fold('drain', nothing, nothing, nothing, options)
  }

  /**
   * Runs it for a `for await` loop: each turn of the loop asks for exactly one item. The item is done when the next
   * one is asked for; leaving the loop early cancels the run and gives the item back.
   */
  [Symbol.asyncIterator](): AsyncIterableIterator<T> {
    return this.iterate()
  }

  /**
   * Runs it for a `for await` loop, with options for the run.
   *
   * Emits: an item to each turn of the loop. Backpressures: between two turns. Completes: when upstream has and the
   * loop has got its last item. Cancels: when the loop is left early. Loses: nothing; an item that the loop has not
   * finished with goes back.
   */
  iterate(options: RunOptions = {}): AsyncIterableIterator<T> {
    return runIterator<T>((sink) => this.#end(sink(this.node)).run(options))
  }

  #fold<S, R>(
    name: string,
    initial: () => S,
    fold: (state: S, value: T) => S,
    done: (state: S) => R,
    options: RunOptions,
  ): Promise<R> {
    return this.#end<R>(reduceSink(this.node, name, initial, fold, done)).run(options).done
  }

  /** The program of this flow with its side branches; the result is that of `sink`. */
  #end<R>(sink: SinkNode): Program<R> {
    if (this.sides.length === 0) return new Program<R>([sink])
    return new Program<R>([sink, ...this.sides], 'flow', ([result]) => result)
  }
}

const nothing = (): void => {}
const nowhere: Writer<unknown> = { write: nothing }

function opener<T>(sink: SinkOf<T>): () => Writer<T> {
  if (typeof sink === 'function') return () => ({ write: sink })
  const { write, open, on, getWriter } = Object(sink) as Partial<Writer<T> & OpenSink<T>> & {
    on?: unknown
    getWriter?: unknown
  }
  // A stream's own write() does not wait: calling it as a sink would fill the memory.
  if (typeof on === 'function') throw new TypeError('to: a Node stream is written through toWritable of forebay/node')
  if (typeof getWriter === 'function') {
    throw new TypeError('to: a web stream is written through toWritableStream of forebay/interop')
  }
  if (typeof open === 'function') return () => (sink as OpenSink<T>).open()
  if (typeof write === 'function') return () => sink as Writer<T>
  throw new TypeError(`to: expected a function or an object with write(), got ${show(sink)}`)
}
