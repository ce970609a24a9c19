import { checkNumber } from '../kernel/check.ts'
import type { Clock } from '../kernel/clock.ts'
import { milliseconds, type Duration } from '../kernel/duration.ts'
import { seededRandom, type Random } from '../kernel/random.ts'
import type { VirtualClock } from './virtual-clock.ts'

/** What may go wrong around a flow, and how much of it. Nothing by default. */
export interface ChaosOptions {
  /** What is due in one instant happens in any order. */
  reorder?: boolean
  /** Credit arrives up to so late. */
  creditDelay?: Duration
  /** Share of grants that arrive twice, from 0 to 1. */
  creditTwice?: number
  /** Items of source probes come up to so late, in their order. */
  dataDelay?: Duration
  /** Share of grants that come only after `stallFor`: a consumer that hangs for a while. */
  stall?: number
  /** Default 1 s. */
  stallFor?: Duration
  /** Before a timer the wall clock may jump by up to so much, forth or back. */
  jump?: Duration
  /** The runs of a world are cancelled at some instant before this. */
  killWithin?: Duration
}

/** A plan of faults that is the same for the same seed, so that what it finds can be found again. */
export class Chaos {
  readonly seed: number
  readonly #random: Random
  readonly #options: ChaosOptions
  readonly #creditDelayMs: number
  readonly #dataDelayMs: number
  readonly #stallMs: number
  readonly #jumpMs: number
  /** When the last item that was sent arrives: those behind it do not overtake it. */
  #lastArrival = 0
  /** On their way, in the order in which they were sent; bounded by what a test sends. */
  readonly #sent: (() => void)[] = []

  constructor(seed: number, options: ChaosOptions) {
    this.seed = seed
    this.#random = seededRandom(seed)
    this.#options = options
    this.#creditDelayMs = milliseconds('creditDelay', options.creditDelay ?? 0)
    this.#dataDelayMs = milliseconds('dataDelay', options.dataDelay ?? 0)
    this.#stallMs = milliseconds('stallFor', options.stallFor ?? 1000)
    this.#jumpMs = milliseconds('jump', options.jump ?? 0)
    checkNumber('creditTwice', options.creditTwice ?? 0, 0, 1)
    checkNumber('stall', options.stall ?? 0, 0, 1)
  }

  /** When the runs of a world end, ms; nothing when they are let live. */
  get killAt(): number | undefined {
    const { killWithin } = this.#options
    return killWithin === undefined ? undefined : this.#upTo(milliseconds('killWithin', killWithin))
  }

  /** Lets the clock choose among timers that are due together, and jump. */
  disturb(clock: VirtualClock): void {
    if (this.#options.reorder === true) clock.choose = (count) => Math.floor(this.#random.next() * count)
    if (this.#jumpMs === 0) return
    clock.onFire = () => {
      if (this.#often(0.1)) clock.jumpWall(this.#upTo(2 * this.#jumpMs) - this.#jumpMs)
    }
  }

  /** Carries a grant to its producer: at once, late, after a stall, or twice. */
  grant(clock: Pick<Clock, 'after'>, arrive: () => void): void {
    const times = this.#often(this.#options.creditTwice ?? 0) ? 2 : 1
    for (let time = 0; time < times; time++) {
      const late = this.#often(this.#options.stall ?? 0) ? this.#stallMs : this.#upTo(this.#creditDelayMs)
      if (late > 0) clock.after(late, arrive)
      else arrive()
    }
  }

  /** Carries an item, or the end behind it, to its flow, never before one that was sent earlier. */
  send(clock: Clock, arrive: () => void): void {
    const now = clock.now()
    if (this.#dataDelayMs === 0) return arrive()
    this.#lastArrival = Math.max(this.#lastArrival, now + this.#upTo(this.#dataDelayMs))
    this.#sent.push(arrive)
    clock.after(this.#lastArrival - now, () => this.#sent.shift()?.())
  }

  #upTo(most: number): number {
    return most === 0 ? 0 : Math.floor(this.#random.next() * (most + 1))
  }

  #often(share: number): boolean {
    return share > 0 && this.#random.next() < share
  }
}

/** A plan of faults for a {@link world}: `world(seed, body, { chaos: chaos(7, { reorder: true, creditDelay: '20ms' }) })`. */
export function chaos(seed: number, options: ChaosOptions): Chaos {
  return new Chaos(seed, options)
}
