import { ForebayError } from 'forebay'
import type { BrokerLink, BrokerPlace, Depth, Held, LinkEvents, Outgoing, PutStatus, Settlement } from 'forebay/queue'
import { BrokerStore, engineCaps } from 'forebay/queue'
import { VirtualClock } from 'forebay/testkit'

const away = (): ForebayError => new ForebayError('FOREBAY_UNAVAILABLE', 'the connection broke', { retryable: true })

/**
 * A broker in memory that can be made to fail at a chosen moment, as a real one cannot: calls wait until the test
 * answers them when `isManual`, answers get lost, leases are given to somebody else.
 */
export class FaultyBroker implements BrokerLink {
  readonly clock = new VirtualClock()
  events!: LinkEvents
  /** What is stored and ready, in order. */
  ready: Held[] = []
  readonly out = new Set<Held>()
  readonly settled: Settlement[] = []
  readonly puts: (readonly Outgoing[])[] = []
  readonly settles: (readonly Settlement[])[] = []
  asked = { now: 0, window: 0 }
  /** How many it stores before it says `full`. */
  room = Infinity
  /** Answers of the next calls that get lost after the work was done. */
  loseAnswers = 0
  /** Ids that it refuses for good, together with all that is in the same call. */
  readonly poison = new Set<string>()
  /** Ids that it says it can never take. */
  readonly refused = new Set<string>()
  /** Puts are not answered any more. */
  isSilent = false
  /** Calls wait for `answer()`. */
  isManual = false
  /** How long a call takes to get here, and its answer back, ms; default no time. */
  latency: (() => number) | undefined
  /** The most that it has held. */
  peak = 0
  #waiting: (() => void)[] = []
  #tag = 0

  store(options: Partial<BrokerPlace> = {}): BrokerStore {
    return new BrokerStore({
      url: 'faulty:',
      caps: { ...engineCaps, durability: 'memory' },
      clock: this.clock,
      random: { next: () => 0.5 },
      reports: [],
      list: () => [],
      close: () => Promise.resolve(),
      openLink: (_settings, events) => {
        this.events = events
        return Promise.resolve(this)
      },
      ...options,
    })
  }

  /** Answers what waits. */
  answer(): void {
    for (const go of this.#waiting.splice(0)) go()
  }

  refuses({ id }: Outgoing): ForebayError | undefined {
    return this.refused.has(id) ? new ForebayError('FOREBAY_TOO_LARGE', `${id} never fits`) : undefined
  }

  async put(items: readonly Outgoing[]): Promise<readonly PutStatus[]> {
    const isRepeated = this.puts.includes(items)
    this.puts.push(items)
    if (this.isSilent) return new Promise(() => {})
    await this.#turn()
    this.#refuse(items)
    if (items.length > this.room && !isRepeated) return items.map(() => 'full')
    if (!isRepeated) {
      this.room -= items.length
      for (const item of items) this.ready.push(this.#held(item))
      this.peak = Math.max(this.peak, this.ready.length + this.out.size)
    }
    await this.#back()
    this.#serve()
    return items.map(() => 'stored')
  }

  want(now: number, window: number): void {
    this.asked = { now, window }
    this.#serve()
  }

  async settle(settlements: readonly Settlement[]): Promise<readonly boolean[]> {
    const isRepeated = this.settles.includes(settlements)
    this.settles.push(settlements)
    await this.#turn()
    this.#refuse(settlements.map(({ held }) => held.stored))
    const held = settlements.map((settlement) => isRepeated || this.out.delete(settlement.held))
    if (!isRepeated) {
      settlements.forEach((settlement, i) => held[i] === true && this.settled.push(settlement))
      for (const { held: back, how } of settlements) if (how === 'release') this.ready.unshift(back)
    }
    await this.#back()
    return held
  }

  async extend(messages: readonly Held[], _ms: number): Promise<readonly boolean[]> {
    await this.#turn()
    return messages.map((held) => this.out.has(held))
  }

  async depth(): Promise<Depth> {
    await this.#way()
    const leased = this.out.size
    const bytes = [...this.ready, ...this.out].reduce((sum, held) => sum + held.stored.bytes, 0)
    const depth = { ready: this.ready.length, leased, delayed: 0, dead: 0, bytes, oldestMs: 0 }
    await this.#way()
    return depth
  }

  peek(): Promise<never[]> {
    return Promise.resolve([])
  }

  redrive(): Promise<number> {
    return Promise.resolve(0)
  }

  purge(): Promise<number> {
    return Promise.resolve(0)
  }

  close(): Promise<void> {
    return Promise.resolve()
  }

  #turn(): Promise<void> {
    if (!this.isManual) return this.#way()
    return new Promise((resolve) => this.#waiting.push(resolve))
  }

  #refuse(messages: readonly { readonly id: string }[]): void {
    const bad = messages.find(({ id }) => this.poison.has(id))
    if (bad !== undefined) throw new ForebayError('FOREBAY_UNAVAILABLE', `${bad.id} is refused for good`)
  }

  #way(): Promise<void> {
    const ms = this.latency?.()
    return ms === undefined ? Promise.resolve() : new Promise((resolve) => this.clock.after(ms, resolve))
  }

  async #back(): Promise<void> {
    if (this.latency !== undefined) await this.#way()
    if (this.loseAnswers === 0) return
    this.loseAnswers--
    throw away()
  }

  #held(item: Outgoing): Held {
    const { id, key, group, level, headers, body, bytes } = item
    const seq = ++this.#tag
    const place = { seq, failed: 0, enqueuedAt: this.clock.wall(), expiresAt: 0, history: undefined }
    return { stored: { ...place, id, key, group, level, headers, body, bytes }, redelivered: false, tag: seq }
  }

  #serve(): void {
    const messages = this.ready.splice(0, Math.min(this.asked.now, this.asked.window - this.out.size))
    this.asked.now -= messages.length
    for (const held of messages) this.out.add(held)
    if (messages.length > 0) this.events.deliver(messages)
    if (this.asked.now > 0) this.events.dry()
  }
}
