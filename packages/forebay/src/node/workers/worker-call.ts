import type { Transferable } from 'node:worker_threads'
import { LazySignal } from '../../flow/lazy-signal.ts'

/** What the function of a worker is told beside its item. */
export interface WorkerCall<Data = unknown> {
  /** Aborts when the flow has ended or the item's `timeout` has passed. */
  readonly signal: AbortSignal
  /** What `mapWorker` was given as `data`: each worker has a copy of its own. */
  readonly data: Data
  /** Which of the workers this is, from 1. One that replaces another has its number. */
  readonly worker: number
  /** The result owns these, and they are moved instead of copied. Only in threads; elsewhere they are copied. */
  transfer<T>(result: T, list: readonly Transferable[]): T
}

/** The same for one item. */
export class ItemCall extends LazySignal implements WorkerCall {
  readonly data: unknown
  readonly worker: number
  /** What results own. */
  readonly moved: Transferable[]

  constructor(data: unknown, worker: number, moved: Transferable[]) {
    super()
    this.data = data
    this.worker = worker
    this.moved = moved
  }

  transfer<T>(result: T, list: readonly Transferable[]): T {
    this.moved.push(...list)
    return result
  }
}
