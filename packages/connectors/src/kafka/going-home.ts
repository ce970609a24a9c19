import { isForebayError } from 'forebay'
import { afterFailure, type Held, type StoredMessage, type StoreReport } from 'forebay/queue'
import { messageOf } from './kafka-errors.ts'
import { spotOf } from './lane.ts'
import { movedParcel, type Parcel, type Target } from './message-format.ts'
import type { ProducerLine, Shipment } from './producer-line.ts'

/** How long what could not be brought to the partition of its key stays where it is. */
const STUCK_MS = 1000
/** How long, when the broker has refused it for good: somebody may set its limit higher. */
const REFUSED_MS = 60_000

export interface GoingHomeOptions {
  readonly producers: ProducerLine
  /** The partition of a key. */
  readonly home: (message: StoredMessage) => Target
  /** The topic of dead letters. */
  readonly dead: string
  readonly report: (report: StoreReport) => void
  readonly commit: () => Promise<void>
  /** Some have arrived, or have failed to. */
  readonly over: (error: unknown) => void
}

/**
 * Brings what was delayed and has a key to the others of its key when its time has come: to the end of their partition,
 * since only who has that knows which of them is out.
 *
 * What the broker has confirmed is never sent again, whatever becomes of the others. When it refuses some for good,
 * each goes alone; one that is refused even so is a dead letter, or stays where it is if it does not fit there either,
 * and holds up no other.
 */
export class GoingHome {
  readonly #options: GoingHomeOptions
  #underWay = 0

  constructor(options: GoingHomeOptions) {
    this.#options = options
  }

  /** Journeys that are under way: at most one for what each lane has in memory. */
  get underWay(): number {
    return this.#underWay
  }

  async go(messages: readonly Held[]): Promise<void> {
    this.#underWay++
    for (const held of messages) spotOf(held).lane.homing++
    let failure: unknown
    try {
      await this.#bring(messages.filter((held) => !spotOf(held).isMoved))
    } catch (error) {
      failure = error
    }
    const now = Date.now()
    for (const held of messages) {
      const { lane, isMoved, isRefused } = spotOf(held)
      if (isMoved) lane.settle(held)
      else lane.tryAgain(held, { ...held.stored, due: now + (isRefused === true ? REFUSED_MS : STUCK_MS) })
    }
    try {
      await this.#options.commit()
    } catch (error) {
      failure ??= error
    }
    for (const held of messages) spotOf(held).lane.homing--
    this.#underWay--
    this.#options.over(failure)
  }

  async #bring(messages: readonly Held[]): Promise<void> {
    const together = messages.filter((held) => spotOf(held).isRefused !== true)
    const arrived = together.length > 1 ? await this.#sent(together) : 0
    for (const held of [...together.slice(arrived), ...messages.filter((one) => spotOf(one).isRefused === true)])
      await this.#bringAlone(held)
  }

  /** How many of them the broker has taken until it refused one for good. Rejects for an error that may pass. */
  async #sent(messages: readonly Held[]): Promise<number> {
    const parcels = messages.map(({ stored }) => movedParcel(stored, this.#options.home(stored)))
    const shipment: Shipment = { parcels, confirmed: 0 }
    try {
      await this.#options.producers.send(shipment)
    } catch (error) {
      orThrow(error)
    } finally {
      for (const held of messages.slice(0, shipment.confirmed)) spotOf(held).isMoved = true
    }
    return shipment.confirmed
  }

  async #bringAlone(held: Held): Promise<void> {
    const { stored } = held
    const refusal = await this.#refusal(held, movedParcel(stored, this.#options.home(stored)))
    if (refusal === undefined) return
    const reason = `it was delayed, and its broker does not take it where its key is: ${messageOf(refusal)}`
    const letter = afterFailure(stored, stored.failed + 1, Date.now(), reason)
    const target = { topic: this.#options.dead, partition: 0, due: 0 }
    const isStuck = (await this.#refusal(held, movedParcel(letter, target))) !== undefined
    const spot = spotOf(held)
    if (spot.isRefused !== true || !isStuck) this.#report(held, isStuck ? 'stays where it is' : 'is dead', reason)
    spot.isRefused = isStuck
  }

  /** Why the broker takes this parcel of a message never. Rejects for an error that may pass. */
  async #refusal(held: Held, parcel: Parcel): Promise<unknown> {
    try {
      await this.#options.producers.send({ parcels: [parcel], confirmed: 0 })
      spotOf(held).isMoved = true
      return undefined
    } catch (error) {
      return orThrow(error)
    }
  }

  #report({ stored }: Held, fate: string, reason: string): void {
    this.#options.report({ kind: 'refused', message: `message ${stored.id} ${fate}: ${reason}` })
  }
}

function orThrow(error: unknown): unknown {
  if (!isForebayError(error) || error.retryable) throw error
  return error
}
