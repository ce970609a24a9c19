import type { Receiver } from './receiver.ts'
import type { Segment } from './segment.ts'
import type { StageAccount } from './stage-account.ts'

/** Where the items of a segment go, and which stage that is. */
export interface Target {
  /** The receiving side; `stage` is the stage of the segment that feeds it. */
  receive(stage: StageAccount): Receiver
  attach(segment: Segment): void
  /** The stage behind a direct hand-over; `undefined` when an edge with a buffer lies between. */
  readonly stage: StageAccount | undefined
  /** A fused sink: it becomes the last operator of the segment. */
  readonly fused: string | undefined
}
