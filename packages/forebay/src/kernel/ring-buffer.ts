/**
 * A first-in first-out buffer that doubles its store up to what `capacity` needs and never moves items
 * one by one (`Array.shift` copies the whole array once it lives in V8's large-object space, above about 16,000 items).
 *
 *      head             tail
 *       v                v
 *   [ . a b c d e f g h . . . ]     the store's size is a power of two, indices are masked
 */
export class RingBuffer<T> {
  #store: (T | undefined)[]
  #mask: number
  #head = 0
  #length = 0
  readonly capacity: number

  constructor(capacity: number) {
    this.capacity = capacity
    const size = Math.min(16, 2 ** Math.ceil(Math.log2(Math.max(1, capacity))))
    this.#store = Array.from({ length: size })
    this.#mask = size - 1
  }

  get length(): number {
    return this.#length
  }

  get isFull(): boolean {
    return this.#length >= this.capacity
  }

  /** Adds at the tail. The caller has checked {@link isFull}; one item beyond `capacity` is a programming error and throws. */
  push(item: T): void {
    if (this.#length > this.#mask || this.#length >= this.capacity) this.grow()
    this.#store[(this.#head + this.#length++) & this.#mask] = item
  }

  /** Takes from the head; the caller has checked {@link length}. */
  shift(): T {
    const item = this.#store[this.#head] as T
    this.#store[this.#head] = undefined
    this.#head = (this.#head + 1) & this.#mask
    this.#length--
    return item
  }

  /** Takes from the tail; the caller has checked {@link length}. */
  pop(): T {
    const index = (this.#head + --this.#length) & this.#mask
    const item = this.#store[index] as T
    this.#store[index] = undefined
    return item
  }

  /** The item `offset` behind the head; the caller keeps 0 ≤ offset < length. */
  at(offset: number): T {
    return this.#store[(this.#head + offset) & this.#mask] as T
  }

  replace(offset: number, item: T): void {
    this.#store[(this.#head + offset) & this.#mask] = item
  }

  /** Takes the item `offset` behind the head, moving the shorter side: O(length / 2). */
  removeAt(offset: number): T {
    const item = this.at(offset)
    if (offset < this.#length / 2) {
      for (let i = offset; i > 0; i--) this.replace(i, this.at(i - 1))
      this.shift()
    } else {
      for (let i = offset; i < this.#length - 1; i++) this.replace(i, this.at(i + 1))
      this.pop()
    }
    return item
  }

  protected grow(): void {
    if (this.#length >= this.capacity) throw new RangeError(`ring buffer of ${this.capacity} is full`)
    const size = (this.#mask + 1) * 2
    const store: (T | undefined)[] = Array.from({ length: size })
    for (let i = 0; i < this.#length; i++) store[i] = this.#store[(this.#head + i) & this.#mask]
    this.#store = store
    this.#mask = size - 1
    this.#head = 0
  }
}
