/** The cost that has entered a part and not left. Costs may be fractions, so what their rounding leaves is cleared whenever nobody is in. */
export class UseCount {
  cost = 0
  /** Pieces of work, whatever they cost. */
  pieces = 0

  enter(cost: number): void {
    this.pieces++
    this.cost += cost
  }

  correct(from: number, to: number): void {
    this.cost += to - from
  }

  leave(cost: number): void {
    this.cost = --this.pieces === 0 ? 0 : this.cost - cost
  }
}
