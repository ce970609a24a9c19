/** One job of a workload. A strategy has to let it come out as it is, or not at all. */
export interface Job<T = number> {
  /** From 0, in order of arrival. */
  readonly index: number
  readonly value: T
  /** When it has arrived, ms from the beginning; what it waits from then on is its latency. */
  readonly at: number
}
