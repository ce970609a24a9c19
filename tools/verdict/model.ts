/** A flow to simulate: boxes with a service time and arrows with a bound. Times are ms of virtual time. */
export interface Model {
  readonly stages: StageModel[]
  readonly edges: EdgeModel[]
}

export interface StageModel {
  readonly name: string
  slots: number
  /** Mean time of one item in one slot; for a stage on the loop the processor time of one item. */
  serviceMs: number
  /** `exponential`, or the half width of an even spread around the mean, 0–1. */
  readonly spread: number | 'exponential'
  /**
   * What a stage without inputs does: `generate` works for each item and waits to hand it over; `arrive` gets an
   * item from outside every `serviceMs`, and is idle in between; `firehose` is `arrive` that never waits.
   */
  source?: 'generate' | 'arrive' | 'firehose'
  /** How several inputs are taken: any of them in turn, or one of each. A feedback edge goes first. */
  readonly join: 'merge' | 'zip'
  /** How several outputs are served: all of them, or one chosen by the edges' weights, evenly or by lot. */
  readonly fan: 'broadcast' | 'partition' | 'lottery'
  gate?: { readonly kind: 'limit' | 'rate'; limit: number }
  /** Runs on the one event loop. */
  sync?: boolean
  /** Processor time that the end of an item takes on the event loop, for a stage that is not on it itself. */
  loopMs?: number
}

export interface EdgeModel {
  readonly from: number
  readonly to: number
  capacity: number
  /** Loses what does not fit. */
  lossy: boolean
  readonly weight: number
  readonly feedback?: boolean
  /** Items held at the beginning; default 0. */
  held?: number
}

/** A chain edge with room for 16. */
export function edge(from: number, to: number, more: Partial<EdgeModel> = {}): EdgeModel {
  return { from, to, capacity: 16, lossy: false, weight: 1, ...more }
}

/** A stage with one slot, 1 ms, no spread. */
export function stage(name: string, more: Partial<StageModel> = {}): StageModel {
  return { name, slots: 1, serviceMs: 1, spread: 0, join: 'merge', fan: 'broadcast', ...more }
}
