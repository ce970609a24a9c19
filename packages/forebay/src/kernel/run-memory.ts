import type { Clock } from './clock.ts'
import type { EdgeOptions } from './edge-options.ts'
import type { Hold } from './hold.ts'
import type { MemorySnapshot } from './snapshot.ts'

/**
 * What the edges of a run hold together, and whether they may hold more. An edge asks before it grants more credit;
 * an empty edge is always allowed one item, or a full budget could stop every flow for good.
 */
export interface RunMemory {
  readonly limitBytes: number
  readonly heldBytes: number
  readonly isFull: boolean
  take(bytes: number): void
  give(bytes: number): void
  /** Calls `wake` once, when there is room again. */
  onRoom(wake: () => void): void
  forget(wake: () => void): void
  /** An edge that loses items by its policy may lose some for others: `evict` counts the one that was taken last out of `hold`. */
  mayShed?(hold: Hold, options: Pick<EdgeOptions, 'level'>, evict: () => void): void
  /** The run is about to begin: throws when it may not. */
  open?(): void
  /** The run is over, however it ended. */
  close?(): void
  inspect(): MemorySnapshot
}

/** Memory that several runs share, as one of them is given it. */
export interface MemoryShare {
  join(run: { readonly id: string; readonly clock: Clock }): RunMemory
}
