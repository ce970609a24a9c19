import type { Flow } from './flow/flow.ts'
import { flow, type FlowSource } from './flow/sources.ts'
import type { RetryOptions as FlowRetryOptions, WorkContext } from './flow/work-options.ts'
import { backoffMs } from './gates/admit/backoff.ts'
import type { Budget } from './gates/admit/budget.ts'
import { budgetOf, type RetryOptions } from './gates/admit/retry.ts'
import { door, type Door, type DoorOptions } from './gates/door.ts'
import { gateNames, type GateNames } from './gates/gate.ts'
import { systemClock } from './kernel/clock.ts'

/** How many items `map` has at the gate when nothing else bounds what runs at once. */
const mapSlots = 16
/** The same where what bounds it finds itself: enough for most limits, and few enough to hold. */
const adaptiveSlots = 256

/** Calls work behind a gate, one by one or for every item of a source. */
export interface GatedCall extends Door {
  /**
   * A flow of what `work` gives for the items of `source`, in their order. It pulls: an item is taken from the
   * source when there is room for it at the gate, so nothing piles up, however long the source is.
   */
  map<A, B>(source: FlowSource<A>, work: (item: A, context: WorkContext) => B | PromiseLike<B>): Flow<B>
}

export interface GateMaker extends GateNames {
  (options: DoorOptions): GatedCall
}

/**
 * The small door: `const call = gate({ concurrency: 10, rate: '50/s', line: 1000 })`, then `await call(() => work())`, or
 * `call.map(source, work)`. The parts it is made of hang on it by name: `gate.rate(...)`, `gate.limit(...)`.
 */
export const gate: GateMaker = /* @__PURE__ */ Object.assign(gatedCall, gateNames)

function gatedCall(options: DoorOptions): GatedCall {
  const call = door(options)
  const { concurrency: limit = mapSlots, timeout, retry, clock = systemClock } = options
  const concurrency = typeof limit === 'number' ? limit : adaptiveSlots
  const map = <A, B>(source: FlowSource<A>, work: (item: A, context: WorkContext) => B | PromiseLike<B>): Flow<B> =>
    flow(source).mapAsync(work, {
      concurrency,
      gate: call.gate,
      ...(timeout !== undefined && { timeout }),
      ...(retry !== undefined && { retry: forFlows(retry, budgetOf(call.gate, clock)) }),
    })
  return Object.assign(call, { map })
}

/** The same retry, as a stage of a flow asks for it. */
function forFlows({ max, budget, backoff, on }: RetryOptions, shared: Budget): FlowRetryOptions {
  return {
    max,
    backoff: (retry, random) => backoffMs(backoff ?? {}, retry, { next: () => random }),
    budget: budget ?? shared,
    ...(on !== undefined && { when: (error) => on(error, 1) }),
  }
}
