import type { Ask } from '../kernel/gate.ts'
import type { RunEnvironment } from '../kernel/run-environment.ts'
import type { StageAccount } from '../kernel/stage-account.ts'
import type { CpuShare } from './cpu-share.ts'
import type { Work } from './work-options.ts'
import type { WorkSignal } from './work-signal.ts'

/** The stage that a job belongs to. */
export interface JobHost<J> {
  readonly env: RunEnvironment
  readonly stage: StageAccount
  readonly work: Work<any>
  readonly cpu: CpuShare
  /** What a job asks its gate for; called once for each job, when there is a gate. */
  ask(job: J): Ask
  call(job: J, context: WorkSignal): unknown
  /** Answers instead of the work; `undefined` when there is no fallback. */
  fallback?: ((job: J, error: unknown) => unknown) | undefined
  /** The job has a result. */
  succeeded(job: J, value: unknown): void
  /** The job has failed for good. */
  failed(job: J, error: unknown): void
  /** A job that was not free when that was reported is free now: its work has really ended. */
  released(job: J): void
}
