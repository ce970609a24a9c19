import type { Context } from '../kernel/context.ts'
import { BLOCKED, BUSY } from '../kernel/stage-account.ts'
import { Job } from './job.ts'

// What became of an item, as small numbers: comparing strings costs a look at each of them.
export const WORKING = 0 // or waiting until it may start
export const DONE = 1
export const LOST = 2
export const FAILED = 3
export type Outcome = typeof WORKING | typeof DONE | typeof LOST | typeof FAILED

/** One item in the stage. */
export class Slot extends Job {
  value: any
  context: Context | undefined
  result: unknown
  outcome: Outcome = WORKING
  key: unknown
  /** Where in its ring it stands. */
  at = 0
}

/**
 * The items in a stage, in the order in which they leave. Their slots are made when they are first needed and used
 * again. In order of input an item leaves when all before it have left; else those that have finished stand in front.
 *
 *       first                      last
 *         v                         v
 *   [ . . w f w w f w . ]       [ . . f f w w w w . ]
 */
export class SlotRing {
  readonly #slots: (Slot | undefined)[] = []
  readonly #mask: number
  #first = 0
  #last = 0
  /** Items in front that have been brought there. */
  #finished = 0
  /** Items in front whose slots are blocked, none when they leave. */
  #blocked = 0
  readonly #make: () => Slot

  constructor(capacity: number, make: () => Slot) {
    this.#mask = 2 ** Math.ceil(Math.log2(capacity)) - 1
    this.#make = make
  }

  get length(): number {
    return this.#last - this.#first
  }

  /** Items so far. */
  get entered(): number {
    return this.#last
  }

  /** The caller has checked that there is room. */
  enter(value: unknown, context: Context | undefined): Slot {
    const at = this.#last++ & this.#mask
    let slot = this.#slots[at]
    if (slot === undefined || !slot.isFree) slot = this.make(at)
    slot.value = value
    slot.context = context
    slot.outcome = WORKING
    return slot
  }

  /** The next item to leave; the caller has checked that there is one. */
  first(): Slot {
    return this.#slots[this.#first & this.#mask] as Slot
  }

  /** The first item leaves. */
  leave(slot: Slot): void {
    slot.value = slot.result = slot.context = undefined
    this.#first++
    if (this.#finished > 0) this.#finished--
  }

  /** Brings a finished item to the front, behind those that were brought before. */
  bring(slot: Slot): void {
    const to = (this.#first + this.#finished++) & this.#mask
    const other = this.#slots[to] as Slot
    if (other === slot) return
    this.#slots[slot.at] = other
    other.at = slot.at
    this.#slots[to] = slot
    slot.at = to
  }

  /** Nobody takes the finished items in front: their slots are blocked. */
  block(): void {
    for (; this.#blocked < this.length; this.#blocked++) {
      const slot = this.#slots[(this.#first + this.#blocked) & this.#mask] as Slot
      // One that is finished behind a slower item keeps its slot busy, because the stage itself is what it waits for.
      if (slot.outcome === WORKING) return
      if (slot.state === BUSY) slot.to(BLOCKED)
    }
  }

  /** They can leave again. */
  unblock(): void {
    for (; this.#blocked > 0; this.#blocked--) {
      const slot = this.#slots[(this.#first + this.#blocked - 1) & this.#mask] as Slot
      if (slot.state === BLOCKED) slot.to(BUSY)
    }
  }

  /** A new slot, for a place that has none or whose work has timed out and still runs. */
  protected make(at: number): Slot {
    const slot = this.#make()
    slot.at = at
    this.#slots[at] = slot
    return slot
  }
}
