import type { SourceRecords } from './fill-receiver.ts'
import type { Operator } from './operator.ts'
import type { Pull, Receiver } from './receiver.ts'
import type { RunEnvironment } from './run-environment.ts'
import type { StageAccount } from './stage-account.ts'

/** What a segment is made of. */
export interface SegmentOptions {
  readonly pull: Pull
  readonly operators: readonly Operator[]
  readonly receiver: Receiver
  readonly env: RunEnvironment
  readonly stage: StageAccount
  /** False for a segment without operators that only carries items to a stage of its own: it keeps no account. */
  readonly ownsStage: boolean
  /** For a source. */
  readonly records: SourceRecords | undefined
}
