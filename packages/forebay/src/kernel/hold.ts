import type { Context } from './context.ts'
import type { Enter } from './plan.ts'
import type { Filling } from './receiver.ts'
import { RingBuffer } from './ring-buffer.ts'

/** One held item. */
export interface Held {
  /** When it came. */
  readonly at: number
  readonly value: unknown
  readonly context: Context | undefined
  readonly bytes: number
}

/**
 * What an edge keeps its items in. `taken`, `context` and `bytes` describe the item that was taken last:
 * three fields instead of an object per item.
 */
export interface Hold {
  readonly length: number
  readonly taken: unknown
  readonly context: Context | undefined
  readonly bytes: number
  /** When the oldest came, where the hold knows: of items that leave from the front only its owner does. */
  readonly oldestAt: number | undefined
  put(value: unknown, context: Context | undefined, bytes: number, at: number): void
  /** Takes the oldest; the caller has checked `length`. */
  take(): void
}

/**
 * Items in order of arrival. Sizes have a ring of their own, made when the first item needs it, and so have contexts,
 * made when an item has another one than those before it: a plain number costs one slot and no object.
 */
export class OrderedHold implements Hold {
  taken: unknown
  context: Context | undefined
  bytes = 0
  /** No item has had a size yet, and all that are held have the same context. */
  #plain = true
  /** The context of all items that are held; nothing once contexts have a ring. */
  #alike: Context | undefined
  readonly #values: RingBuffer<unknown>
  #contexts: RingBuffer<Context | undefined> | undefined
  #sizes: RingBuffer<number> | undefined
  readonly #times: RingBuffer<number> | undefined

  /** `isTimed`: it remembers when each item came. */
  constructor(capacity: number, isTimed = false) {
    this.#values = new RingBuffer(capacity)
    if (!isTimed) return
    this.#times = new RingBuffer(capacity)
    this.#plain = false
  }

  get length(): number {
    return this.#values.length
  }

  get oldestAt(): number | undefined {
    return this.#times?.at(0)
  }

  put(value: unknown, context: Context | undefined, bytes: number, at = 0): void {
    if (!this.#plain || context !== this.#alike || bytes !== 0) this.#describe(context, bytes, at)
    this.#values.push(value)
  }

  /** Puts up to `items`, as many as `from` has. All items of such a hold come with the context that `enter` gives. */
  fill(from: Filling, items: number, enter: Enter | undefined): number {
    const came = from.fill(this.#values, items)
    this.#alike = enter?.(undefined, came)
    return came
  }

  /** The ring of its items, while they have the same context and nothing else of their own; `context` is that one then. */
  plain(): RingBuffer<unknown> | undefined {
    if (!this.#plain) return undefined
    this.context = this.#alike
    return this.#values
  }

  take(): void {
    if (!this.#plain) return this.takeAt(0)
    this.context = this.#alike
    this.taken = this.#values.shift()
  }

  takeAt(offset: number): void {
    this.context = this.#contexts?.removeAt(offset) ?? this.#alike
    if (this.#sizes !== undefined) this.bytes = this.#sizes.removeAt(offset)
    this.#times?.removeAt(offset)
    this.taken = this.#values.removeAt(offset)
  }

  contextAt(offset: number): Context | undefined {
    return this.#contexts?.at(offset) ?? this.#alike
  }

  valueAt(offset: number): unknown {
    return this.#values.at(offset)
  }

  /** What is known of the item that comes next, beside its value. */
  #describe(context: Context | undefined, bytes: number, at: number): void {
    if (this.#contexts === undefined && context !== this.#alike) {
      if (this.#values.length > 0) {
        this.#contexts = this.#filled(this.#alike)
        this.#alike = undefined
      } else this.#alike = context
    }
    if (bytes !== 0) this.#sizes ??= this.#filled(0)
    this.#contexts?.push(context)
    this.#sizes?.push(bytes)
    this.#times?.push(at)
  }

  #filled<T>(item: T): RingBuffer<T> {
    this.#plain = false
    const ring = new RingBuffer<T>(this.#values.capacity)
    for (let i = 0; i < this.#values.length; i++) ring.push(item)
    return ring
  }
}

/** The newest item per key, in the order in which the keys came. */
export class LatestHold implements Hold {
  taken: unknown
  context: Context | undefined
  bytes = 0
  /** Bounded by the edge: a new key is put only after room was made. */
  protected readonly items: Map<unknown, Held> = new Map()
  protected readonly keyOf: (value: unknown) => unknown

  /** Without `keyOf` every item is a key of its own. */
  constructor(keyOf: ((value: unknown) => unknown) | undefined) {
    this.keyOf = keyOf ?? ((value) => value)
  }

  get length(): number {
    return this.items.size
  }

  /** An item that replaces another is as new as it is, wherever it stands. */
  get oldestAt(): number {
    let oldest = Infinity
    for (const { at } of this.items.values()) oldest = Math.min(oldest, at)
    return oldest
  }

  /** Removes the held item with the key of `value`, if there is one, and tells where it stood by keeping its place free. */
  replace(value: unknown, context: Context | undefined, bytes: number, at: number): Held | undefined {
    const key = this.keyOf(value)
    const held = this.items.get(key)
    if (held !== undefined) this.items.set(key, { value, context, bytes, at })
    return held
  }

  put(value: unknown, context: Context | undefined, bytes: number, at: number): void {
    this.items.set(this.keyOf(value), { value, context, bytes, at })
  }

  take(): void {
    this.takeKey(this.items.keys().next().value)
  }

  protected takeKey(key: unknown): void {
    const { value, context, bytes } = this.items.get(key) as Held
    this.items.delete(key)
    this.taken = value
    this.context = context
    this.bytes = bytes
  }
}
