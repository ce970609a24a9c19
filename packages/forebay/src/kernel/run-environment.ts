import type { Clock } from './clock.ts'
import type { DurableStore } from './durable.ts'
import type { Gate } from './gate.ts'
import type { Loop } from './loop.ts'
import type { Meter } from './meter.ts'
import type { Random } from './random.ts'
import type { RunMemory } from './run-memory.ts'
import type { EdgeSnapshot, Snapshot } from './snapshot.ts'
import type { StageAccount } from './stage-account.ts'
import type { Totals } from './totals.ts'

/** An arrow of the running graph, as far as a snapshot is concerned. */
export interface RunningEdge {
  inspect(id: string): EdgeSnapshot
  /** Items in it now, and whether its account balances. */
  readonly length: number
  isBalanced(): boolean
}

/** Everything a running plan may use; made once per run, injected from outside. */
export interface RunEnvironment {
  readonly run: string
  readonly clock: Clock
  readonly random: Random
  readonly loop: Loop
  readonly meter: Meter
  /** False when the accounts of time are switched off. */
  readonly accounting: boolean
  /** Items after which a segment generates code; `Infinity` when it may not. */
  readonly hotAfter: number
  /** Aborts when the run is cancelled or has failed. */
  readonly signal: AbortSignal
  readonly totals: Totals
  readonly memory: RunMemory
  /** Bytes that an item holds, for edges without a `sizeOf` of their own. */
  readonly sizeOf: (value: unknown) => number
  readonly store: DurableStore | undefined
  /** Takes items that a stage gives up with the reason `dead-letter`, where their lease does not keep them. */
  readonly deadLetter: ((value: unknown, error: unknown, stage: string) => void) | undefined
  stage(options: {
    name: string
    kind: string
    slots?: number
    sync?: boolean
    site?: string | undefined
  }): StageAccount
  edge(edge: RunningEdge): void
  /** Calls `build`; what is returned removes the stages and edges that it has added. */
  scope(build: () => void): () => void
  gate(gate: Gate): string
  /** A picture of the whole run, now. */
  inspect(): Snapshot
  /** Ends the whole run with an error that no stage can handle. */
  fail(error: unknown): void
}
