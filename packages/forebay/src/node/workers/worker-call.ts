import type { Transferable } from 'node:worker_threads'

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

/** The same for one item. The signal is made when it is first read: most work never looks. */
export class ItemCall implements WorkerCall {
  readonly data: unknown
  readonly worker: number
  /** Somebody has it, so that no other item may get it. */
  isUsed = false
  /** What results own. */
  readonly moved: Transferable[]
  #controller: AbortController | undefined
  #aborted: { readonly reason: unknown } | undefined

  constructor(data: unknown, worker: number, moved: Transferable[]) {
    this.data = data
    this.worker = worker
    this.moved = moved
  }

  get signal(): AbortSignal {
    if (this.#controller === undefined) {
      this.isUsed = true
      this.#controller = new AbortController()
      if (this.#aborted !== undefined) this.#controller.abort(this.#aborted.reason)
    }
    return this.#controller.signal
  }

  transfer<T>(result: T, list: readonly Transferable[]): T {
    this.moved.push(...list)
    return result
  }

  abort(reason: unknown): void {
    this.#aborted ??= { reason }
    this.#controller?.abort(reason)
  }
}
