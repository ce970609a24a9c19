import type { GateInspection } from './gate.ts'
import type { Overflow } from './overflow.ts'

/** Version of the shapes in this file. Readers refuse a version they do not know. */
export const SNAPSHOT_VERSION = 1

/**
 * One picture of a running flow: plain data, cumulative counters, no references. Two of them, some
 * seconds apart, are all that the verdict, the console, the metrics and the alerts read.
 * All times are milliseconds; counters only grow. Stage and edge ids are `<run>:<number>`, and `run`
 * is unique across processes, so snapshots of several processes can be laid side by side.
 */
export interface Snapshot {
  readonly version: typeof SNAPSHOT_VERSION
  readonly flow: string
  readonly run: string
  /** The run's clock, ms. */
  readonly at: number
  /** Unix epoch, ms. */
  readonly wall: number
  readonly state: 'running' | 'draining' | 'done' | 'failed' | 'cancelled'
  readonly loop: LoopSnapshot
  readonly stages: readonly StageSnapshot[]
  readonly edges: readonly EdgeSnapshot[]
  readonly gates: readonly GateSnapshot[]
  readonly ledger: FlowLedger
  /** Every account of the flow balances: stages, edges, credit and totals. */
  readonly balanced: boolean
  readonly memory: MemorySnapshot
}

/** What the edges of the run hold, of how much. */
export interface MemorySnapshot {
  readonly heldBytes: number
  /** What they may hold, with all others that share it; 0 when there is no common bound. */
  readonly budgetBytes: number
  /** Set when the memory is shared with other runs. */
  readonly share?: ShareSnapshot
}

/** The part of a run in memory that several runs share. */
export interface ShareSnapshot {
  readonly name: string
  readonly budget: string
  /** What all runs hold of it. */
  readonly budgetHeldBytes: number
  /** Edges that wait for room now, and cumulative ms in which one did. */
  readonly waiting: number
  readonly waitedMs: number
  /** Who holds most of it. */
  readonly largest: { readonly name: string; readonly heldBytes: number }
}

/** The event loop, a resource that all synchronous stages of a process share. */
export interface LoopSnapshot {
  /** Cumulative ms in which the loop was busy, and idle, as the runtime reports it; 0 and 0 where it does not. */
  readonly activeMs: number
  readonly idleMs: number
  /** The longest delay of a timer seen since the run began, ms. */
  readonly maxDelayMs: number
}

/**
 * A box of the graph. Slot time: at every instant each of `slots` slots is in exactly one state, so
 * busyMs + blockedMs + starvedMs + gatedMs = slots × elapsed.
 */
export interface StageSnapshot {
  readonly id: string
  readonly name: string
  readonly kind: string
  /** The operators of a fused segment, in order, with their sampled share (0–1) of `cpuMs`. */
  readonly operators: readonly { readonly name: string; readonly share: number }[]
  readonly slots: number
  /** True when its work runs on the event loop itself, so that slots compete for one thread. */
  readonly sync: boolean
  readonly busyMs: number
  /** Finished, cannot hand over. */
  readonly blockedMs: number
  /** Nothing to work on. */
  readonly starvedMs: number
  /** Waiting for a permit. */
  readonly gatedMs: number
  /** Sampled time on the event loop. */
  readonly cpuMs: number
  readonly in: number
  readonly settled: number
  readonly failed: number
  readonly discarded: Readonly<Record<string, number>>
  readonly inFlight: number
  readonly emitted: number
  readonly retried: number
  readonly service: Histogram
  /** What its slots do just now: how many are busy, blocked, starved and gated; absent where time is not accounted for. */
  readonly slotsIn?: readonly [busy: number, blocked: number, starved: number, gated: number]
  /** How long none of its slots has done anything else, ms: one that goes from item to item stays busy. Absent where time is not accounted for. */
  readonly stillMs?: number
  /** Timers that it has set: it may do something though nobody else does. */
  readonly timers?: number
  /** Id of the junction that feeds it, for a part of a flow such as a group. */
  readonly host?: string | undefined
  /** Ids of the gates that this stage asks. */
  readonly gates: readonly string[]
  /** Where it was written, `file:line:column`, when known. */
  readonly site?: string | undefined
  /** Items that a stage which sizes its own window may hold or have asked for now. */
  readonly window?: number | undefined
  /**
   * Of a stage whose slots follow the load: within what, how many times as many are needed, whether more would help, and
   * why it has those that it has.
   */
  readonly scale?:
    | {
        readonly min: number
        readonly max: number
        readonly pressure: number
        readonly wouldHelp: boolean
        readonly reason: string
      }
    | undefined
  /** On which rung of how many a stage that degrades under pressure stands, 0 for the best, and how often it has changed. */
  readonly rung?:
    | { readonly name: string; readonly index: number; readonly of: number; readonly changes: number }
    | undefined
}

/** Counts by upper bound in ms; the last count has no bound. */
export interface Histogram {
  readonly bounds: readonly number[]
  readonly counts: readonly number[]
  readonly sum: number
}

/** An arrow of the graph. put = taken + held + dropped. */
export interface EdgeSnapshot {
  readonly id: string
  readonly name: string
  readonly from: string
  readonly to: string
  readonly policy: Overflow
  readonly durable: boolean
  readonly length: number
  /** Items it may hold; 0 for a direct hand-over. */
  readonly capacity: number
  readonly bytes: number
  /** Bytes it may hold; 0 when it is bounded by items alone. */
  readonly capacityBytes: number
  /** Items the producer may still send. */
  readonly credit: number
  /** Items the consumer wants, for an edge that holds items; where nothing is held it is the credit. */
  readonly wanted?: number | undefined
  /** Nothing comes through it any more. */
  readonly isOver?: boolean
  readonly put: number
  readonly taken: number
  readonly dropped: Readonly<Record<string, number>>
  readonly oldestMs: number
  /** Cumulative ms in which `from` could not hand over because of this edge. */
  readonly blockedMs: number
  /** Items that an earlier process may have died of, while there are some: those at their last attempt are tried in groups. */
  readonly suspects?: number
}

export interface GateSnapshot extends GateInspection {
  readonly id: string
}

/** Source records by lineage: carriedIn + in = out + dropped + deadLettered + inFlight + carriedOut. */
export interface FlowLedger {
  readonly carriedIn: number
  readonly in: number
  readonly out: number
  readonly dropped: Readonly<Record<string, number>>
  readonly deadLettered: number
  readonly inFlight: number
  readonly carriedOut: number
}
