import { Watched } from './watched.ts'

/**
 * What the parts have in common whose permits hold something while the work runs: the account of it. Costs may be
 * fractions, so what their rounding leaves is cleared whenever nobody is in.
 */
export class Holding extends Watched {
  admitted = 0
  /** Cost that has entered and not left. */
  inUse = 0
  /** Pieces of work that have entered and not left, whatever they cost. */
  protected pieces = 0

  settle(_ticket: unknown, from: number, to: number): void {
    this.inUse += to - from
  }

  free(_ticket: unknown, cost: number): void {
    this.inUse = --this.pieces === 0 ? 0 : this.inUse - cost
  }

  protected entered(cost: number): void {
    this.admitted++
    this.pieces++
    this.inUse += cost
  }
}
