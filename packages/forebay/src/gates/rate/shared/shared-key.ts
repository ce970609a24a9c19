/**
 * What one process knows of one key of a shared rate: permits that the store has granted and nobody has used yet, and
 * until when it said that there are no more.
 *
 *     idle ──wanted──> asked ──granted──> stock ──used up──> idle
 *       ^                └──refused──> closed until the store said ──┘
 */
export class SharedKey {
  readonly key: string
  /** Cost that is granted here and not used. Invariant: > 0 for a moment only, then it is given back. */
  stock = 0
  mark = 0
  /** The store has been asked and has not answered. */
  isAsked = false
  /** It refused a cost of `refused` until then. */
  closedUntil: number = -Infinity
  refused: number = Infinity
  /** The least and the most that callers here wait for, since the store was last asked. */
  least = 0
  most = 0
  /** How much more than the least is asked for at a time, when it is not known how much waits. */
  ahead = 0
  correction = 0
  correctionMark = 0

  constructor(key: string) {
    this.key = key
  }

  /** Notes that somebody waits for `cost`, behind `ahead`. */
  want(cost: number, ahead: number): void {
    if (this.least === 0 || cost < this.least) this.least = cost
    this.most = Math.max(this.most, ahead + cost)
  }

  /** Notes a cost to be charged or given back with the next ask. What was taken in different windows cannot be given back together: the older is let go. */
  correct(cost: number, mark: number): void {
    if (this.correction < 0 && this.correctionMark !== mark) this.correction = 0
    this.correction += cost
    this.correctionMark = mark
  }

  get isIdle(): boolean {
    return !this.isAsked && this.stock === 0 && this.correction === 0 && this.least === 0
  }
}
