import type { Transferable } from 'node:worker_threads'
import { ForebayError } from '../../kernel/errors.ts'
import type { WorkFunction } from './load-function.ts'
import type { FromWorker, PackedError, WorkerSetup } from './messages.ts'
import { packError } from './packed-error.ts'
import { ItemCall } from './worker-call.ts'

/** Work that may outlive its time before a worker asks to be replaced. */
const MOST_ZOMBIES = 4

interface Parcel {
  readonly number: number
  readonly values: readonly unknown[]
  readonly results: unknown[]
  errors: (readonly [number, PackedError])[] | undefined
  /** What its results own. */
  moved: Transferable[]
  /** Items begun, and items that have not ended. */
  next: number
  left: number
  startedAt: number
}

/**
 * The inner half of a worker: parcels in the order in which they came, up to `perWorker` items at once. A function that
 * does not wait costs no promise.
 */
export class ItemRunner {
  readonly #fn: WorkFunction
  readonly #setup: WorkerSetup
  readonly #post: (message: FromWorker, moved: readonly Transferable[]) => void
  /** Bounded by the window of the stage. */
  readonly #parcels: Parcel[] = []
  readonly #waiting = new Set<ItemCall>()
  #zombies = 0
  #idle: ItemCall | undefined

  constructor(
    fn: WorkFunction,
    setup: WorkerSetup,
    post: (message: FromWorker, moved: readonly Transferable[]) => void,
  ) {
    this.#fn = fn
    this.#setup = setup
    this.#post = post
  }

  take(number: number, values: readonly unknown[]): void {
    const { length } = values
    const results: unknown[] = Array.from({ length })
    this.#parcels.push({ number, values, results, errors: undefined, moved: [], next: 0, left: length, startedAt: 0 })
    this.#begin()
  }

  abort(reason: unknown): void {
    this.#parcels.length = 0
    for (const call of this.#waiting) call.abort(reason)
  }

  #begin(): void {
    const parcels = this.#parcels
    while (this.#waiting.size < this.#setup.perWorker) {
      const parcel = parcels.find(({ next, values }) => next < values.length)
      if (parcel === undefined) return
      if (parcel.next === 0) parcel.startedAt = performance.now()
      this.#runOn(parcel)
      if (parcel.left === 0) this.#answer(parcel)
    }
  }

  /** Begins items of a parcel until enough of them wait for something. */
  #runOn(parcel: Parcel): void {
    const { values, results } = parcel
    const fn = this.#fn
    while (parcel.next < values.length && this.#waiting.size < this.#setup.perWorker) {
      const at = parcel.next++
      const call = this.#call(parcel)
      try {
        const result = fn(values[at], call)
        if (isThenable(result)) {
          this.#wait(parcel, at, call, result)
          continue
        }
        results[at] = result
        if (!call.isUsed) this.#idle = call
      } catch (error) {
        ;(parcel.errors ??= []).push([at, packError(error)])
      }
      parcel.left--
    }
  }

  #call(parcel: Parcel): ItemCall {
    const call = this.#idle
    this.#idle = undefined
    if (call !== undefined && call.moved === parcel.moved) return call
    const { data, seat } = this.#setup
    return new ItemCall(data, seat, parcel.moved)
  }

  /** Whatever comes first decides the item; work that comes too late is still counted. */
  #wait(parcel: Parcel, at: number, call: ItemCall, result: PromiseLike<unknown>): void {
    const { timeoutMs } = this.#setup
    let isLate = false
    this.#waiting.add(call)
    const timer =
      timeoutMs === 0
        ? undefined
        : setTimeout(() => {
            isLate = true
            this.#zombies++
            const error = new ForebayError('FOREBAY_TIMEOUT', `no answer within ${timeoutMs} ms`, { retryable: true })
            call.abort(error)
            this.#ended(parcel, at, call, error)
          }, timeoutMs)
    const over = (error: { readonly thrown: unknown } | undefined, value: unknown): void => {
      clearTimeout(timer)
      if (isLate) this.#zombies--
      else {
        parcel.results[at] = value
        this.#ended(parcel, at, call, error?.thrown, error !== undefined)
      }
    }
    // A thenable of somebody else may throw, or settle more than once.
    Promise.resolve(result).then(
      (value) => over(undefined, value),
      (error: unknown) => over({ thrown: error }, undefined),
    )
  }

  #ended(parcel: Parcel, at: number, call: ItemCall, error: unknown, hasFailed = error !== undefined): void {
    this.#waiting.delete(call)
    if (hasFailed) (parcel.errors ??= []).push([at, packError(error)])
    if (--parcel.left === 0) this.#answer(parcel)
    this.#begin()
  }

  #answer(parcel: Parcel): void {
    const { number, results, errors, moved, startedAt } = parcel
    const at = this.#parcels.indexOf(parcel)
    if (at < 0) return
    this.#parcels.splice(at, 1)
    const ms = performance.now() - startedAt
    const isSpent = this.#zombies >= MOST_ZOMBIES
    try {
      this.#post([number, results, ms, errors, isSpent], moved)
    } catch {
      // A result cannot be cloned: it must not take the others with it.
      const checked = [...(errors ?? [])]
      const sendable = results.map((result, index) => {
        try {
          return structuredClone(result)
        } catch (error) {
          checked.push([index, packError(error)])
          return undefined
        }
      })
      this.#post([number, sendable, ms, checked, isSpent], [])
    }
  }
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof value === 'object' && value !== null && typeof (value as { then?: unknown }).then === 'function'
}
