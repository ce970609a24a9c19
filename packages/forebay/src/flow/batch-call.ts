import type { Context } from '../kernel/context.ts'
import type { RingBuffer } from '../kernel/ring-buffer.ts'
import { BLOCKED, BUSY } from '../kernel/stage-account.ts'
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

/** Answered calls whose items nobody takes are blocked; `order` holds calls in the order in which they leave. */
export function blockAnswered(order: RingBuffer<BatchCall<any>>): void {
  for (let i = 0; i < order.length; i++) {
    const call = order.at(i)
    if (call.outcome === 'working') break
    if (call.state === BUSY) call.to(BLOCKED)
  }
}
