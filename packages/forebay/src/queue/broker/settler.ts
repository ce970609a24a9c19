import type { Clock } from '../../kernel/clock.ts'
import { ForebayError, isForebayError } from '../../kernel/errors.ts'
import type { Random } from '../../kernel/random.ts'
import type { BrokerLink, Settlement } from './broker-link.ts'
import type { BrokerMessage } from './broker-message.ts'
import type { Traffic } from './depth-reader.ts'
import { RetryTimer } from './retry-timer.ts'

/** Settlements that go to the broker together, and everybody who waits for them. */
interface Batch {
  readonly messages: BrokerMessage[]
  readonly settlements: Settlement[]
  readonly durable: Promise<void>
  readonly resolve: () => void
  readonly reject: (error: unknown) => void
}

/**
 * What follows when a message has been settled; `isHeld` is false when the broker had given it to somebody else, or
 * cannot settle it.
 */
export type Settled = (message: BrokerMessage, settlement: Settlement, isHeld: boolean) => void

/**
 * The ends of deliveries on their way to a broker: all that end while one call is under way go in the next.
 * When the connection breaks they wait for it to come back; those whose lease broke with it are lost. When the broker
 * refuses them for good each goes again by itself, and one that is refused alone is lost with that error.
 *
 * Bounded by the deliveries that may be out.
 */
export class Settler {
  readonly #link: BrokerLink
  readonly #name: string
  readonly #settled: Settled
  readonly #traffic: Traffic
  readonly #timer: RetryTimer
  #gathering: Batch | undefined
  #underWay: Batch | undefined
  /** The rest of a batch that failed for good. */
  readonly #alone: Batch[] = []
  #calling: Promise<void> | undefined
  #isHeld = false
  #isBooked = false

  constructor(options: {
    name: string
    link: BrokerLink
    clock: Clock
    random: Random
    traffic: Traffic
    settled: Settled
  }) {
    this.#name = options.name
    this.#link = options.link
    this.#settled = options.settled
    this.#traffic = options.traffic
    this.#timer = new RetryTimer(options.clock, options.random, { firstMs: 50, longestMs: 1000 })
  }

  add(message: BrokerMessage, settlement: Settlement): void {
    const batch = (this.#gathering ??= newBatch())
    batch.messages.push(message)
    batch.settlements.push(settlement)
    this.#book()
  }

  /** Resolves when everything added so far is settled at the broker. */
  durable(): Promise<void> {
    return (this.#gathering ?? this.#alone.at(-1) ?? this.#underWay)?.durable ?? Promise.resolve()
  }

  hold(): void {
    this.#isHeld = true
    this.#timer.stop()
  }

  resume(): void {
    this.#isHeld = false
    this.#timer.stop()
    this.#book()
  }

  /** Leases are gone (the messages say so): nobody has to wait for the broker to tell. */
  lost(): void {
    const batch = this.#underWay
    if (batch === undefined || this.#calling !== undefined || !batch.messages.every((message) => message.isLost)) return
    this.#finish(
      batch,
      batch.messages.map(() => false),
    )
  }

  /** Settles what it can; what nobody answers fails. */
  async close(): Promise<void> {
    const error = new ForebayError('FOREBAY_UNAVAILABLE', `${this.#name} was closed while its broker was away`)
    for (this.#pump(); this.#calling !== undefined; this.#pump()) await this.#calling
    this.#timer.stop()
    for (const batch of [this.#underWay, ...this.#alone.splice(0), this.#gathering]) batch?.reject(error)
    this.#underWay = this.#gathering = undefined
  }

  #book(): void {
    if (this.#isBooked) return
    this.#isBooked = true
    queueMicrotask(() => {
      this.#isBooked = false
      this.#pump()
    })
  }

  #pump(): void {
    if (this.#calling !== undefined || this.#isHeld || this.#timer.isWaiting) return
    this.#underWay ??= this.#alone.shift()
    if (this.#underWay === undefined) {
      this.#underWay = this.#gathering
      this.#gathering = undefined
    }
    if (this.#underWay !== undefined) this.#calling = this.#call(this.#underWay)
  }

  async #call(batch: Batch): Promise<void> {
    this.#traffic.begun++
    try {
      const held = await this.#link.settle(batch.settlements)
      this.#traffic.answered++
      this.#calling = undefined
      this.#timer.reset()
      this.#finish(batch, held)
    } catch (error) {
      this.#traffic.answered++
      this.#calling = undefined
      if (isForebayError(error) && error.retryable) {
        this.lost()
        if (this.#underWay === batch && !this.#isHeld) this.#timer.later(() => this.#pump())
        else this.#pump()
        return
      }
      if (batch.messages.length === 1) {
        ;(batch.messages[0] as BrokerMessage).failure = error
        return this.#finish(batch, [false])
      }
      this.#underWay = undefined
      this.#alone.push(...apart(batch))
      this.#pump()
    }
  }

  #finish(batch: Batch, held: readonly boolean[]): void {
    this.#underWay = undefined
    batch.messages.forEach((message, index) => {
      const isHeld = held[index] === true
      if (!isHeld) message.isLost = true
      this.#settled(message, batch.settlements[index] as Settlement, isHeld)
    })
    batch.resolve()
    this.#pump()
  }
}

/** Each of them alone; those who wait for the batch wait for the last. */
function apart(batch: Batch): Batch[] {
  let left = batch.messages.length
  const resolve = (): void => {
    if (--left === 0) batch.resolve()
  }
  return batch.messages.map((message, index) => {
    return { ...batch, messages: [message], settlements: [batch.settlements[index] as Settlement], resolve }
  })
}

function newBatch(): Batch {
  let resolve!: () => void
  let reject!: (error: unknown) => void
  const durable = new Promise<void>((onDurable, onError) => {
    resolve = onDurable
    reject = onError
  })
  durable.catch(() => undefined) // a release waits for nothing
  return { messages: [], settlements: [], durable, resolve, reject }
}
