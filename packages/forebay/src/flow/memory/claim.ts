import type { Clock } from '../../kernel/clock.ts'
import type { EdgeOptions } from '../../kernel/edge-options.ts'
import { takeLowest } from '../../kernel/edge-overflow.ts'
import { OrderedHold, type Hold } from '../../kernel/hold.ts'
import type { RunMemory } from '../../kernel/run-memory.ts'
import type { MemorySnapshot } from '../../kernel/snapshot.ts'
import type { SharedMemory } from './shared-memory.ts'
import type { ShareRules } from './share-options.ts'

/**
 * What one run holds of memory that it shares with others.
 *
 *   0 ────── floor ──────────── floor + weight × line ─────▶ heldBytes
 *     always      as long as memory is left        only while nobody waits
 *
 * Invariant: while it is open, its part of the budget's `takenBytes` is the larger of `heldBytes` and `floorBytes`.
 */
export class Claim implements RunMemory {
  readonly run: string
  readonly clock: Clock
  readonly rules: ShareRules
  heldBytes = 0
  /** Bytes that nobody else can take: what is guaranteed, as soon as nobody else holds it. */
  floorBytes = 0
  shedItems = 0
  #isOpen = false
  #isClosed = false
  readonly #memory: SharedMemory
  /** Edges that wait; bounded by the edges of the run, as are those that may shed. */
  readonly #waiting = new Set<() => void>()
  readonly #lossy: (() => boolean)[] = []
  #waitedMs = 0
  #waitsSince = 0

  constructor(memory: SharedMemory, rules: ShareRules, run: { readonly id: string; readonly clock: Clock }) {
    this.#memory = memory
    this.rules = rules
    this.run = run.id
    this.clock = run.clock
  }

  get limitBytes(): number {
    return this.#memory.limitBytes
  }

  get name(): string {
    return this.rules.name
  }

  /** Edges that wait now. */
  get waiting(): number {
    return this.#waiting.size
  }

  /** Held beyond what nobody can take from it. */
  get excessBytes(): number {
    return Math.max(0, this.heldBytes - this.floorBytes)
  }

  /** Asked by an edge that would hold more: so a no means that one wants it. */
  get isFull(): boolean {
    if (!this.#memory.isFullFor(this)) return false
    this.#memory.want(this)
    return true
  }

  get waitedMs(): number {
    return this.#waitedMs + (this.#waiting.size === 0 ? 0 : this.clock.now() - this.#waitsSince)
  }

  open(): void {
    if (this.#isClosed) return
    this.#memory.enter(this)
    this.#isOpen = true
  }

  close(): void {
    if (this.#isClosed) return
    this.#isClosed = true
    this.#settleWait()
    this.#waiting.clear()
    this.#lossy.length = 0
    if (!this.#isOpen) return
    this.#isOpen = false
    this.#memory.leave(this)
    this.heldBytes = 0
  }

  take(bytes: number): void {
    if (this.#isOpen) this.#memory.move(this, bytes)
  }

  give(bytes: number): void {
    if (this.#isOpen) this.#memory.move(this, -bytes)
  }

  onRoom(wake: () => void): void {
    if (!this.#isOpen) return
    if (this.#waiting.size === 0) this.#waitsSince = this.clock.now()
    this.#waiting.add(wake)
    this.#memory.want(this)
  }

  forget(wake: () => void): void {
    if (this.#waiting.delete(wake) && this.#waiting.size === 0) this.#waitedMs += this.clock.now() - this.#waitsSince
  }

  mayShed(hold: Hold, options: Pick<EdgeOptions, 'level'>, evict: () => void): void {
    if (!this.rules.shed) return
    this.#lossy.push(() => {
      if (hold.length === 0) return false
      takeLeast(hold, options)
      evict()
      return true
    })
  }

  /** There is room: its edges ask for more. */
  wake(): void {
    const waiting = [...this.#waiting]
    this.#settleWait()
    this.#waiting.clear()
    for (const wake of waiting) wake()
  }

  /** Loses items of its lossy edges, a round of one each at a time, until so many bytes are free or none is left. */
  shed(bytes: number): void {
    const enough = this.heldBytes - bytes
    for (let isDry = false; !isDry && this.heldBytes > enough;) {
      isDry = true
      for (const shedOne of this.#lossy) {
        if (this.heldBytes <= enough || !shedOne()) continue
        isDry = false
        this.shedItems++
      }
    }
  }

  inspect(): MemorySnapshot {
    const { heldBytes, name, waiting, waitedMs } = this
    const { limitBytes, heldBytes: budgetHeldBytes, name: budget } = this.#memory
    const { name: largest, heldBytes: largestBytes } = this.#memory.largest(this)
    return {
      heldBytes,
      budgetBytes: limitBytes,
      share: {
        name,
        budget,
        budgetHeldBytes,
        waiting,
        waitedMs,
        largest: { name: largest, heldBytes: largestBytes },
      },
    }
  }

  #settleWait(): void {
    if (this.#waiting.size > 0) this.#waitedMs += this.clock.now() - this.#waitsSince
  }
}

/** Takes the item of the least important level, the oldest of these; the oldest of all where levels say nothing. */
function takeLeast(hold: Hold, options: Pick<EdgeOptions, 'level'>): void {
  try {
    if (hold instanceof OrderedHold && takeLowest(hold, options, hold.valueAt(0), hold.contextAt(0))) return
  } catch {
    // A `level` that throws fails its flow with the next item that comes; nothing has been taken yet.
  }
  hold.take()
}
