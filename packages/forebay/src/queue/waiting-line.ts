/** Somebody who waits for room. */
export interface Waiter {
  readonly items: number
  readonly bytes: number
  resolve(): void
  reject(error: unknown): void
}

/** A line, first come first served, that a waiter can leave from the middle: it keeps nothing of one who gave up. */
export class WaitingLine {
  readonly #waiters = new Set<Waiter>() // keeps the order of arrival; bounded by whoever lets them join

  get length(): number {
    return this.#waiters.size
  }

  get first(): Waiter | undefined {
    for (const waiter of this.#waiters) return waiter
    return undefined
  }

  /** Joins the end. `gaveUp` is called after a waiter has left because of its signal: the next may fit. */
  join(items: number, bytes: number, signal: AbortSignal | undefined, gaveUp: () => void): Promise<void> {
    return new Promise((resolve, reject) => {
      const onAbort = (): void => {
        this.#waiters.delete(waiter)
        reject(signal?.reason as Error)
        gaveUp()
      }
      const waiter: Waiter = {
        items,
        bytes,
        resolve: () => {
          signal?.removeEventListener('abort', onAbort)
          resolve()
        },
        reject: (error) => {
          signal?.removeEventListener('abort', onAbort)
          reject(error as Error)
        },
      }
      signal?.addEventListener('abort', onAbort, { once: true })
      this.#waiters.add(waiter)
    })
  }

  /** Takes the first out of the line. */
  leave(): Waiter | undefined {
    const { first } = this
    if (first !== undefined) this.#waiters.delete(first)
    return first
  }
}
