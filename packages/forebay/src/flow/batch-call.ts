import type { Context } from '../kernel/context.ts'
import { Job } from './job.ts'

/** One call and the items in it. */
export class BatchCall<A> extends Job {
  values: A[] = []
  contexts: (Context | undefined)[] = []
  results: readonly unknown[] | undefined
  error: unknown
  outcome: 'working' | 'done' | 'failed' = 'working'
  /** Items already handed on. */
  next = 0
}
