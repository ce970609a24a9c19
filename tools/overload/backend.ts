import { MinHeap } from '../../packages/forebay/src/kernel/min-heap.ts'
import type { Random } from '../../packages/forebay/src/kernel/random.ts'

/** How the simulated service behaves; times in ms. */
export interface BackendModel {
  /** Requests worked on at once. */
  readonly workers: number
  /** How long one takes, by chance. */
  readonly serviceMs: (random: Random) => number
  /** There and back. */
  readonly networkMs: number
  /** So many times as long at `now`, with `inFlight` requests sent and not answered; default always 1. */
  readonly slow?: (now: number, inFlight: number) => number
  /** Workers that join at a time. */
  readonly grows?: { readonly at: number; readonly by: number }
}

/**
 * Workers behind one line in order of arrival. Since nobody leaves the line and the network takes the same time for
 * all, the time of an answer is known when the request is sent: one event for each.
 */
export class Backend {
  inFlight = 0
  readonly #model: BackendModel
  readonly #random: Random
  readonly #freeAt = new MinHeap<number>((at) => at)
  #hasGrown = false

  constructor(model: BackendModel, random: Random) {
    this.#model = model
    this.#random = random
    this.#add(model.workers, 0)
  }

  /** Takes a request at `now`, and gives the time of its answer. */
  send(now: number): number {
    const { networkMs, serviceMs, slow, grows } = this.#model
    if (grows !== undefined && !this.#hasGrown && now >= grows.at) {
      this.#hasGrown = true
      this.#add(grows.by, grows.at)
    }
    this.inFlight++
    const begun = Math.max(now + networkMs / 2, this.#freeAt.pop() as number)
    const done = begun + serviceMs(this.#random) * (slow?.(begun, this.inFlight) ?? 1)
    this.#freeAt.push(done)
    return done + networkMs / 2
  }

  #add(workers: number, at: number): void {
    for (let i = 0; i < workers; i++) this.#freeAt.push(at)
  }
}

/** Times around `mean` with a coefficient of variation of `cv`, lognormal. */
export function lognormal(mean: number, cv: number): (random: Random) => number {
  const variance = Math.log(1 + cv ** 2)
  const sigma = Math.sqrt(variance)
  return (random) => {
    const normal = Math.sqrt(-2 * Math.log(1 - random.next())) * Math.cos(2 * Math.PI * random.next())
    return mean * Math.exp(sigma * normal - variance / 2)
  }
}
