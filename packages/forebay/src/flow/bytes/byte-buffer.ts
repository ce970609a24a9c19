/**
 * Bytes that have come and are not taken yet, in one piece.
 *
 *   data: [ taken … | held … | room ]
 *                   ↑ start  ↑ end
 *
 * What is taken is a view, never a copy, and stays valid: bytes are only ever written behind `end`, and a chunk that
 * comes while nothing is held is used as it is.
 */
export class ByteBuffer {
  #data: Uint8Array = new Uint8Array(0)
  #start = 0
  #end = 0
  /** Whether there may be written behind `end`. */
  #isOwn = true

  get length(): number {
    return this.#end - this.#start
  }

  at(index: number): number {
    return this.#data[this.#start + index] as number
  }

  push(chunk: Uint8Array): void {
    if (this.#start === this.#end) {
      this.#data = chunk
      this.#start = 0
      this.#end = chunk.length
      this.#isOwn = false
      return
    }
    if (!this.#isOwn || this.#end + chunk.length > this.#data.length) this.#move(chunk.length)
    this.#data.set(chunk, this.#end)
    this.#end += chunk.length
  }

  /** Where `byte` is first found at or behind `from`; -1 when it is not. */
  indexOf(byte: number, from: number): number {
    const found = this.#data.indexOf(byte, this.#start + from)
    return found === -1 || found >= this.#end ? -1 : found - this.#start
  }

  /** A view of the first `count` bytes, which are held no longer. */
  take(count: number): Uint8Array {
    const taken = this.#data.subarray(this.#start, this.#start + count)
    this.#start += count
    return taken
  }

  #move(more: number): void {
    const held = this.#data.subarray(this.#start, this.#end)
    this.#data = new Uint8Array(Math.max(256, 2 * (held.length + more)))
    this.#data.set(held)
    this.#start = 0
    this.#end = held.length
    this.#isOwn = true
  }
}
