import { RunningRing } from './running-ring.ts'

/** A ring as its nodes know it before it runs: each run has a ring of its own. */
export class RingPlan {
  readonly path: string
  /** Ways in, ways out, and items that may be in it at once. */
  entries = 0
  exits = 0
  readonly #places: number
  readonly #runs = new WeakMap<AbortSignal, RunningRing>()

  constructor(path: string, places: number) {
    this.path = path
    this.#places = places
  }

  /** The ring of the run with this signal. */
  in(signal: AbortSignal): RunningRing {
    let ring = this.#runs.get(signal)
    if (ring === undefined) this.#runs.set(signal, (ring = new RunningRing(this.entries, this.exits, this.#places)))
    return ring
  }
}
