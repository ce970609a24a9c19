import type { Clock } from '../../kernel/clock.ts'
import { ForebayError, isForebayError } from '../../kernel/errors.ts'
import type { Random } from '../../kernel/random.ts'
import { minus, plus, type Amount } from './amount.ts'
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
 * The ends of deliveries on their way to a broker: all that end until a call may be made go in it. When the connection
 * breaks they wait for it to come back; those whose lease broke with it are lost. When the broker refuses them for good
 * each goes again by itself, and one that is refused alone is lost with that error.
 *
 * Bounded by the deliveries that may be out.
 */
export class Settler {
  readonly #link: BrokerLink
  readonly #name: string
  readonly #calls: number
  readonly #settled: Settled
  readonly #traffic: Traffic
  readonly #timer: RetryTimer
  #gathering: Batch | undefined
  readonly #underWay = new Map<Batch, Promise<void>>() // at most `calls`
  /** What goes first: batches that broke off, and the rest of one that failed for good. */
  #again: Batch[] = []
  #isHeld = false
  #isBooked = false

  constructor(options: {
    name: string
    link: BrokerLink
    calls: number
    clock: Clock
    random: Random
    traffic: Traffic
    settled: Settled
  }) {
    this.#name = options.name
    this.#link = options.link
    this.#calls = options.calls
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
  async durable(): Promise<void> {
    const last = this.#gathering
    const others = [...this.#underWay.keys(), ...this.#again]
    if (others.length > 0) await Promise.all(others.map(({ durable }) => durable))
    await last?.durable
  }

  /** The same for what was added last. */
  lastDurable(): Promise<void> {
    return this.#gathering?.durable ?? this.durable()
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
    const gone = this.#again.filter(({ messages }) => messages.every((message) => message.isLost))
    if (gone.length === 0) return
    this.#again = this.#again.filter((batch) => !gone.includes(batch))
    for (const batch of gone)
      this.#finish(
        batch,
        batch.messages.map(() => false),
      )
  }

  /** Settles what it can; what nobody answers fails. */
  async close(): Promise<void> {
    const error = new ForebayError('FOREBAY_UNAVAILABLE', `${this.#name} was closed while its broker was away`)
    for (this.#pump(); this.#underWay.size > 0; this.#pump()) await Promise.race(this.#underWay.values())
    this.#timer.stop()
    for (const batch of [...this.#again.splice(0), this.#gathering]) batch?.reject(error)
    this.#gathering = undefined
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
    while (!this.#isHeld && !this.#timer.isWaiting) {
      if (this.#underWay.size >= this.#calls) return
      const batch = this.#again.shift() ?? this.#gathering
      if (batch === undefined) return
      if (batch === this.#gathering) {
        this.#gathering = undefined
        this.#traffic.settling = plus(this.#traffic.settling, amountOf(batch))
      }
      this.#underWay.set(batch, this.#call(batch))
    }
  }

  async #call(batch: Batch): Promise<void> {
    this.#traffic.begun++
    let held: readonly boolean[] | undefined
    let failure: unknown
    try {
      held = await this.#link.settle(batch.settlements)
    } catch (error) {
      failure = error
    }
    this.#traffic.answered++
    this.#underWay.delete(batch)
    if (held === undefined) this.#failed(batch, failure)
    else {
      this.#timer.reset()
      this.#finish(batch, held)
    }
    this.#pump()
  }

  #failed(batch: Batch, error: unknown): void {
    if (isForebayError(error) && error.retryable) {
      this.#again.push(batch)
      this.lost()
      if (!this.#isHeld && this.#again.includes(batch)) this.#timer.later(() => this.#pump())
    } else if (batch.messages.length === 1) {
      ;(batch.messages[0] as BrokerMessage).failure = error
      this.#finish(batch, [false])
    } else this.#again.push(...apart(batch))
  }

  #finish(batch: Batch, held: readonly boolean[]): void {
    const { messages, settlements, resolve } = batch
    const amount = amountOf(batch)
    this.#traffic.settling = minus(this.#traffic.settling, amount)
    this.#traffic.settled = plus(this.#traffic.settled, amount)
    for (let index = 0; index < messages.length; index++) {
      const message = messages[index] as BrokerMessage
      const isHeld = held[index] === true
      if (!isHeld) message.isLost = true
      this.#settled(message, settlements[index] as Settlement, isHeld)
    }
    resolve()
  }
}

function amountOf({ messages }: Batch): Amount {
  return { items: messages.length, bytes: messages.reduce((sum, { held }) => sum + held.stored.bytes, 0) }
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
