/** A change of rung on a ladder. */
export interface RungChange {
  readonly from: string
  readonly to: string
  /** The mean pressure that was the reason, 0–1. */
  readonly pressure: number
  /** The clock of the run or the gate, ms. */
  readonly at: number
}
