export const bounds: readonly number[] = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000]
export const stepMs = 50

/** Counters of one stage of the simulation. */
export class SimulatedStage {
  slots: number
  busy = 0
  blocked = 0
  starved = 0
  gated = 0
  received = 0
  sent = 0
  failed = 0
  inFlight = 0
  counts: number[] = [...bounds, 0].map(() => 0)
  sum = 0

  constructor(slots: number) {
    this.slots = slots
  }

  /** Splits one step's slot time; what is left over was spent waiting for input. */
  spend(busy: number, blocked: number, gated = 0): void {
    const clip = (share: number): number => Math.min(1, Math.max(0, share))
    const time = this.slots * stepMs
    this.busy += clip(busy) * time
    this.blocked += clip(Math.min(blocked, 1 - busy)) * time
    this.gated += clip(Math.min(gated, 1 - busy - blocked)) * time
    this.starved += clip(1 - busy - blocked - gated) * time
  }

  serve(items: number, ms: number): void {
    if (items <= 0) return
    for (const [factor, share] of [
      [0.6, 0.5],
      [1, 0.35],
      [1.9, 0.13],
      [4, 0.02],
    ] as const) {
      const bucket = bounds.findIndex((bound) => ms * factor <= bound)
      this.counts[bucket < 0 ? bounds.length : bucket]! += Math.round(items * share)
    }
    this.sum += items * ms
  }
}
