import type { DurablePart } from './durable.ts'
import type { Sink, SinkNode } from './plan.ts'
import type { Segment } from './segment.ts'
import type { StageAccount } from './stage-account.ts'

/** The running graph of one run. */
export interface Graph {
  readonly sinks: readonly RunningSink[]
  readonly segments: ReadonlySet<Segment>
  readonly durables: readonly DurablePart[]
  readonly sources: ReadonlySet<RunningSource>
  /** Grants the first credit, from the sinks upward. */
  open(): void
  /** Ends every source as if its data had ended. */
  stopSources(): void
  /** The run is going to fail with `error` once everything has flowed out: nothing is added to the graph any more. */
  close(error: unknown): void
  cancel(reason: unknown): void
}

export interface RunningSource {
  readonly stage: StageAccount
  /** Nothing more comes from it. */
  readonly isOver: boolean
}

export interface RunningSink {
  readonly node: SinkNode
  readonly sink: Sink
  readonly stage: StageAccount
  /** What tells it that it is over. */
  readonly feeding: Segment
}
