import type { Clock } from '../../kernel/clock.ts'
import type { Random } from '../../kernel/random.ts'
import { minus, NOTHING, plus, type Amount } from './amount.ts'
import type { BrokerLink, Depth } from './broker-link.ts'
import { RetryTimer } from './retry-timer.ts'

const FRESH_MS = 250
/** Tries for an answer that no call of our own overlapped; the last one counts with the doubt that is left. */
const TRIES = 4

/** Counts calls that change what a queue holds: an answer that they overlap may tell of them or not. */
export class Traffic {
  begun = 0
  answered = 0
  /** What is being put, and what has been. */
  putting: Amount = NOTHING
  put: Amount = NOTHING
  /** Messages whose ends are under way or go again, held until the broker has confirmed them; and those confirmed. */
  settling: Amount = NOTHING
  settled: Amount = NOTHING
}

/** How much less, or more, than the broker says there may be: what calls of our own do meanwhile. */
export interface Doubt {
  readonly less: Amount
  readonly more: Amount
}

/** Asks the broker how much it holds: when somebody reads it and it is old, and again and again while a sender waits. */
export class DepthReader {
  readonly #link: BrokerLink
  readonly #clock: Clock
  readonly #told: (depth: Depth, doubt: Doubt) => void
  readonly #traffic: Traffic
  readonly #poll: RetryTimer
  #underWay: Promise<void> | undefined
  #at: number
  #isClosed = false

  constructor(options: {
    link: BrokerLink
    clock: Clock
    random: Random
    traffic: Traffic
    told: (depth: Depth, doubt: Doubt) => void
  }) {
    this.#link = options.link
    this.#clock = options.clock
    this.#told = options.told
    this.#traffic = options.traffic
    this.#poll = new RetryTimer(options.clock, options.random, { firstMs: 50, longestMs: 1000 })
    this.#at = options.clock.now()
  }

  /** Asks unless somebody is asking; rejects when the broker does not answer. */
  ask(): Promise<void> {
    this.#underWay ??= this.now().finally(() => (this.#underWay = undefined))
    return this.#underWay
  }

  /** Asks, whoever else does. */
  async now(): Promise<void> {
    for (let left = TRIES; left > 0; left--) {
      const traffic = this.#traffic
      const { begun, answered, put, settled } = traffic
      const depth = await this.#link.depth()
      if (left > 1 && (begun > answered || traffic.begun > begun)) continue
      this.#at = this.#clock.now()
      const less = plus(traffic.putting, minus(traffic.settled, settled))
      const more = plus(traffic.settling, minus(traffic.put, put))
      if (!this.#isClosed) this.#told(depth, { less, more })
      return
    }
  }

  /** Somebody reads the numbers: they are asked for anew when they are older than 250 ms. */
  read(): void {
    if (!this.#isClosed && this.#clock.now() - this.#at >= FRESH_MS) this.soon()
  }

  /** Asks, and lets a broker that is away be. */
  soon(): void {
    if (!this.#isClosed) this.ask().catch(() => undefined)
  }

  /** Asks until `unwatch`, ever more rarely, at least once a second. */
  watch(): void {
    this.#poll.later(() => {
      this.soon()
      this.watch()
    })
  }

  unwatch(): void {
    this.#poll.reset()
  }

  close(): void {
    this.#isClosed = true
    this.#poll.stop()
  }
}
