import { checkFunction } from '../../kernel/check.ts'
import type { Flow } from '../flow.ts'
import type { Program } from '../program.ts'
import { programOf, type Sink } from './program-of.ts'
import { reduceSink } from './reduce.ts'

const nothing = (): void => {}

/**
 * A sink that throws the items away: for flows whose stages do the work.
 *
 * Emits: nothing. Backpressures: never. Completes: when upstream completes. Cancels: never by itself; with the run.
 * Loses: nothing; its items count as done.
 */
export function ignoreSink<T>(): Sink<T, void> {
  return (flow) => programOf<T, void>(flow, (input) => reduceSink(input, 'ignore', nothing, nothing, nothing))
}

/**
 * A sink that wants nothing: it cancels at once, and completes.
 *
 * Emits: nothing. Backpressures: always; nothing is asked for. Completes: at once. Cancels: at once. Loses: nothing.
 */
export function cancelledSink<T>(): Sink<T, void> {
  return (flow) =>
    programOf<T, void>(flow, (input) => ({
      type: 'sink',
      name: 'cancelled',
      input,
      bound: 0,
      slots: 1,
      fused: false,
      create: () => {
        let cancel: (() => void) | undefined
        let end: { resolve: () => void; reject: (error: unknown) => void } | undefined
        return {
          result: new Promise<void>((resolve, reject) => {
            end = { resolve, reject }
          }),
          attach: (upstream) => {
            cancel = () => upstream.cancel(undefined)
          },
          open: () => {
            cancel?.()
            end?.resolve()
          },
          next: nothing,
          complete: () => end?.resolve(),
          fail: (error) => end?.reject(error),
        }
      },
    }))
}

/**
 * Every item to every sink; the result is the list of theirs. The slowest sets the pace.
 *
 * Emits: nothing. Backpressures: when any sink does. Completes: when all sinks have. Cancels: when all sinks have
 * cancelled, or one has failed. Loses: what the sinks lose.
 */
export function combineSinks<T, R extends unknown[]>(...sinks: { [K in keyof R]: Sink<T, R[K]> }): Sink<T, R> {
  if (sinks.length === 0) throw new RangeError('combineSinks: expected at least one sink, got none')
  for (const sink of sinks) checkFunction('combineSinks', sink)
  return (flow: Flow<T>): Program<R> => flow.broadcast<R>(...sinks)
}

/**
 * `sink`, for the results of `fn` instead of the items.
 *
 * Emits: nothing. Backpressures: when `sink` does. Completes: when `sink` has. Cancels: when `sink` does, or `fn`
 * throws. Loses: the item for which `fn` has thrown, and what `sink` loses.
 */
export function contramapSink<T, U, R>(fn: (value: T) => U, sink: Sink<U, R>): Sink<T, R> {
  checkFunction('contramapSink fn', fn)
  checkFunction('contramapSink sink', sink)
  return (flow) => sink(flow.map(fn))
}
