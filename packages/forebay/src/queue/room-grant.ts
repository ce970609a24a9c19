import type { Admission } from './admission.ts'
import type { Grant } from './sender.ts'

/** A {@link Grant}: room taken from the bounds that a put has not used yet. */
export class RoomGrant implements Grant {
  readonly #admission: Admission
  #items: number
  #bytes: number

  constructor(admission: Admission, items: number, bytes: number) {
    this.#admission = admission
    this.#items = items
    this.#bytes = bytes
  }

  get items(): number {
    return this.#items
  }

  get bytes(): number {
    return this.#bytes
  }

  /** Uses it for a put, as far as it goes; the rest goes back. */
  spend(items: number, bytes: number): { items: number; bytes: number } {
    const used = { items: Math.min(items, this.#items), bytes: Math.min(bytes, this.#bytes) }
    this.#items -= used.items
    this.#bytes -= used.bytes
    this.release()
    return used
  }

  release(): void {
    const { items, bytes } = this
    this.#items = 0
    this.#bytes = 0
    if (items > 0 || bytes > 0) this.#admission.give(items, bytes)
  }

  [Symbol.dispose](): void {
    this.release()
  }
}
