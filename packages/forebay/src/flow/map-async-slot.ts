import type { Context } from '../kernel/context.ts'
import type { RingBuffer } from '../kernel/ring-buffer.ts'
import { BLOCKED, BUSY } from '../kernel/stage-account.ts'
import { Job } from './job.ts'

/** One item in the stage. */
export class Slot extends Job {
  value: any
  context: Context | undefined
  result: unknown
  outcome: 'working' | 'done' | 'failed' | 'lost' = 'working'
  key: unknown
  /** Its result has been handed on (or lost); it is free when its work has ended as well. */
  left = false
  working = false
}

/** The places of a stage, made once and used again. */
export class Slots {
  readonly #all: readonly Slot[]
  readonly #free: Slot[]

  constructor(count: number, make: () => Slot) {
    this.#all = Array.from({ length: count }, make)
    this.#free = [...this.#all]
  }

  get free(): number {
    return this.#free.length
  }

  /** The caller has checked {@link free}. */
  take(): Slot {
    return this.#free.pop() as Slot
  }

  give(slot: Slot): void {
    slot.value = slot.result = slot.context = slot.key = undefined
    this.#free.push(slot)
  }

  /** Those in use: every item in the stage, wherever it stands. */
  taken(): Slot[] {
    const free = new Set(this.#free)
    return this.#all.filter((slot) => !free.has(slot))
  }
}

/**
 * Finished items that nobody takes. Only those that could leave count as blocked: one that is finished
 * behind a slower item keeps its slot busy, because the stage itself is what it waits for.
 */
export class BlockedSlots {
  #slots: Slot[] = []

  /** `order` holds items in the order in which they leave. */
  mark(order: RingBuffer<Slot>): void {
    for (let i = 0; i < order.length; i++) {
      const slot = order.at(i)
      if (slot.outcome === 'working') break
      if (slot.state !== BUSY) continue
      slot.to(BLOCKED)
      this.#slots.push(slot)
    }
  }

  /** They can leave again. */
  clear(): void {
    if (this.#slots.length === 0) return
    for (const slot of this.#slots) if (slot.state === BLOCKED) slot.to(BUSY)
    this.#slots = []
  }
}
