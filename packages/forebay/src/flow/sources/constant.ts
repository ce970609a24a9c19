import type { SourceNode } from '../../kernel/plan.ts'
import type { Port, Pull } from '../../kernel/receiver.ts'
import { Flow } from '../flow.ts'
import { withSite } from '../sites.ts'

/**
 * No items: completes at once.
 *
 * Emits: never. Backpressures: never. Completes: at once, without demand. Cancels: when downstream cancels. Loses:
 * nothing.
 */
export function empty<T = never>(): Flow<T> {
  return without<T>('empty', (port) => port.done())
}

/**
 * No items and no end: it is over when the run is drained or cancelled.
 *
 * Emits: never. Backpressures: never. Completes: never. Cancels: when downstream cancels. Loses: nothing.
 */
export function never<T = never>(): Flow<T> {
  return without<T>('never', () => {})
}

/**
 * No items: fails at once with `error`.
 *
 * Emits: never. Backpressures: never. Completes: never; it fails at once, without demand. Cancels: when downstream
 * cancels. Loses: nothing.
 */
export function failed<T = never>(error: unknown): Flow<T> {
  return without<T>('failed', (port) => port.failed(error))
}

function without<T>(name: string, begin: (port: Port) => void): Flow<T> {
  const pull: Pull = { bind: begin, run: () => {}, cancel: () => {}, pulled: () => 0 }
  return new Flow<T>(withSite<SourceNode>({ type: 'source', name, create: () => pull }))
}
