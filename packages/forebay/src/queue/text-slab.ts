/** Bytes that short texts share. As long as one of them is held the others' room is, so it is no larger than it must be to help. */
const SLAB_BYTES = 8192
/** Longer texts have a buffer of their own. */
const SHARED_CHARS = SLAB_BYTES / 4

/** UTF-8 of short texts in buffers that they share: a buffer for each costs more than all its bytes. */
export class TextSlab {
  readonly #encoder = new TextEncoder()
  #slab = new Uint8Array(0)
  #used = 0

  encode(text: string): Uint8Array {
    if (text.length > SHARED_CHARS) return this.#encoder.encode(text)
    if (text.length <= this.#slab.length - this.#used) {
      const bytes = this.#write(text)
      if (bytes !== undefined) return bytes
    }
    this.#slab = new Uint8Array(SLAB_BYTES)
    this.#used = 0
    return this.#write(text) as Uint8Array // a character has three bytes at most
  }

  /** `undefined` when what is left has no room for it. */
  #write(text: string): Uint8Array | undefined {
    const { read, written } = this.#encoder.encodeInto(text, this.#slab.subarray(this.#used))
    if (read < text.length) return undefined
    const start = this.#used
    this.#used += written
    return this.#slab.subarray(start, this.#used)
  }
}
