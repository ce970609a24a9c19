/**
 * Numbers the calls of a client, and knows a call again that is made once more with the same items, so that the server
 * answers it as it did the first time.
 */
export class CallNumbers {
  #last = 0
  #put: { items: unknown; call: number } | undefined
  #settle: { items: unknown; call: number } | undefined

  next(): number {
    return ++this.#last
  }

  ofPut(items: readonly unknown[]): number {
    if (this.#put?.items !== items) this.#put = { items, call: this.next() }
    return this.#put.call
  }

  ofSettle(items: readonly unknown[]): number {
    if (this.#settle?.items !== items) this.#settle = { items, call: this.next() }
    return this.#settle.call
  }
}
