/** Whole numbers from 0, one bit each; it grows with the largest of them. */
export class IdSet {
  #bits = new Uint8Array(1024)
  #size = 0

  get size(): number {
    return this.#size
  }

  add(id: number): void {
    if (!Number.isSafeInteger(id) || id < 0 || id > 2 ** 30)
      throw new RangeError(`expected an id from 0 to 2^30, got ${id}`)
    const byte = id >> 3
    if (byte >= this.#bits.length) {
      const grown = new Uint8Array(Math.max(byte + 1, this.#bits.length * 2))
      grown.set(this.#bits)
      this.#bits = grown
    }
    const bit = 1 << (id & 7)
    const before = this.#bits[byte] as number
    if ((before & bit) !== 0) return
    this.#bits[byte] = before | bit
    this.#size++
  }

  has(id: number): boolean {
    return ((this.#bits[id >> 3] ?? 0) & (1 << (id & 7))) !== 0
  }

  *[Symbol.iterator](): Generator<number> {
    for (let byte = 0; byte < this.#bits.length; byte++) {
      const bits = this.#bits[byte] as number
      for (let bit = 0; bits >> bit > 0; bit++) if ((bits & (1 << bit)) !== 0) yield byte * 8 + bit
    }
  }
}
