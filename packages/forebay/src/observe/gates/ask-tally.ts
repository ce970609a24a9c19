import type { AskCounts } from '../../kernel/gate.ts'

/** What became of some asks. What was asked is what was given, waits and was refused: it always adds up. */
export class AskTally {
  given = 0
  waiting = 0
  /** Bounded by the reasons there are. */
  readonly sheds: Record<string, number> = {}

  get isEmpty(): boolean {
    return this.given + this.waiting === 0 && Object.keys(this.sheds).length === 0
  }

  give(hasWaited: boolean): void {
    this.#leave(hasWaited)
    this.given++
  }

  refuse(reason: string, hasWaited: boolean): void {
    this.#leave(hasWaited)
    this.sheds[reason] = (this.sheds[reason] ?? 0) + 1
  }

  /** Takes what another has counted. */
  add(other: AskTally): void {
    this.given += other.given
    this.waiting += other.waiting
    for (const [reason, count] of Object.entries(other.sheds)) this.sheds[reason] = (this.sheds[reason] ?? 0) + count
  }

  counts(): AskCounts {
    const { given, waiting } = this
    const sheds = { ...this.sheds }
    const asked = Object.values(sheds).reduce((sum, count) => sum + count, given + waiting)
    return { asked, given, waiting, sheds }
  }

  /** Who stood in line before anybody counted has no place to leave. */
  #leave(hasWaited: boolean): void {
    if (hasWaited && this.waiting > 0) this.waiting--
  }
}
