import type { Port, Pull, PullCode } from './receiver.ts'

/** The loop of a source whose next item is at hand, in bursts from one look at the budget to the next. */
export abstract class BurstPull implements Pull {
  /** The position of the next item; only ever counted up while bursts run. */
  at = 0
  /** What hands over a burst instead of {@link burst}, once it has been generated from {@link code}. */
  generated: ((left: number) => void) | undefined
  abstract readonly code: PullCode | undefined

  /** Hands over up to `left` items, fewer only when the credit or the items are used up. Counts each before it hands it over. */
  protected abstract burst(port: Port, left: number): void

  /** There is no credit or no item: tells the end if this is it. */
  protected abstract dry(port: Port): void

  bind(port: Port): void {
    this.dry(port)
  }

  run(port: Port): void {
    for (;;) {
      const before = this.at
      const left = port.left()
      if (this.generated === undefined || port.isTiming) this.burst(port, left)
      else this.generated(left)
      const items = this.at - before
      if (items > 0 && !port.tick(items)) return
      if (items < left) {
        this.dry(port)
        return
      }
    }
  }

  cancel(_reason: unknown): void {}

  pulled(): number {
    return this.at
  }
}
