import { settle, type Context } from '../../kernel/context.ts'
import type { PlanNode, Sink, SinkNode } from '../../kernel/plan.ts'
import { UNBOUNDED, type Upstream } from '../../kernel/receiver.ts'

/** Folds everything into one value; part of the segment above it. `done` turns the last state into the result. */
export function reduceSink<S, T, R>(
  input: PlanNode,
  name: string,
  initial: () => S,
  fold: (state: S, value: T) => S,
  done: (state: S) => R,
): SinkNode {
  return { type: 'sink', name, input, bound: 0, slots: 1, fused: true, create: () => reducing(initial(), fold, done) }
}

function reducing<S, T, R>(initial: S, fold: (state: S, value: T) => S, done: (state: S) => R): Sink {
  const cell = { state: initial }
  let end!: { resolve: (value: R) => void; reject: (error: unknown) => void }
  let upstream: Upstream | undefined
  const tail = (port: { n: number }) => (value: T, context: Context | undefined) => {
    port.n--
    cell.state = fold(cell.state, value)
    if (context !== undefined) settle(context, 'done')
  }
  const result = new Promise<R>((resolve, reject) => {
    end = { resolve, reject }
  })
  return {
    result,
    attach: (producer) => {
      upstream = producer
    },
    open: () => upstream?.request(UNBOUNDED),
    next: tail({ n: 0 }),
    tail,
    tailCode: (port) => ({
      body: 'port.n--;state=fold(state,v);if(c!==undefined)settle(c,"done")',
      scope: { port, cell, fold, settle },
      state: 'cell.state',
    }),
    complete: () => {
      try {
        end.resolve(done(cell.state))
      } catch (error) {
        end.reject(error)
      }
    },
    fail: (error) => end.reject(error),
  }
}
