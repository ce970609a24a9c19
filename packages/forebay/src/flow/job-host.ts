import type { Ask } from '../kernel/gate.ts'
import type { RunEnvironment } from '../kernel/run-environment.ts'
import type { StageAccount } from '../kernel/stage-account.ts'
import type { Work } from './work-options.ts'
import type { WorkSignal } from './work-signal.ts'

/** The stage that a job belongs to. */
export interface JobHost<J> {
  readonly env: RunEnvironment
  readonly stage: StageAccount
  readonly work: Work<any>
  /** What a job asks its gate for; called once for each job, when there is a gate. */
  ask(job: J): Ask
  call(job: J, context: WorkSignal): unknown
  /** Answers instead of the work; `undefined` when there is no fallback. */
  fallback?: ((job: J, error: unknown) => unknown) | undefined
  /** The job has a result. */
  succeeded(job: J, value: unknown): void
  /** The job has failed for good. */
  failed(job: J, error: unknown): void
  /** The work has really ended and its slot is free; with a timeout this comes later than `failed`. */
  released(job: J): void
}
