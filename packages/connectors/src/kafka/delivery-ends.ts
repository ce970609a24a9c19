import { isForebayError } from 'forebay'
import { afterFailure, type Held, type Settlement } from 'forebay/queue'
import { spotOf } from './lane.ts'
import { movedParcel, type Parcel } from './message-format.ts'
import type { ProducerLine, Shipment } from './producer-line.ts'
import type { Subscription } from './subscription.ts'
import { laterPartition, type TopicNames } from './topic-names.ts'
import { noteParcel, type Attempts } from './tried-notes.ts'

/** How long what cannot be stored elsewhere stays where it is. */
const STUCK_MS = 1000

/** How one delivery ends. */
interface Ending {
  readonly held: Held
  readonly how: Settlement['how']
  /** It was ours when this was asked for. */
  readonly isHeld: boolean
  /** What of it goes elsewhere. */
  readonly parcel: Parcel | undefined
  /** How it is tried again in its place. */
  readonly again: Attempts | undefined
}

/**
 * Ends deliveries: first what goes elsewhere is stored, then offsets are committed. What has a key and is tried again
 * stays where it is, in front of those behind it; only a note of it is stored.
 */
export class DeliveryEnds {
  readonly #names: TopicNames
  readonly #subscription: Subscription
  readonly #producers: ProducerLine
  /** What was not answered: the same is asked for again. */
  #doubtful:
    | { readonly settlements: readonly Settlement[]; readonly endings: readonly Ending[]; readonly shipment: Shipment }
    | undefined

  constructor(options: { names: TopicNames; subscription: Subscription; producers: ProducerLine }) {
    this.#names = options.names
    this.#subscription = options.subscription
    this.#producers = options.producers
  }

  async settle(settlements: readonly Settlement[]): Promise<readonly boolean[]> {
    if (this.#doubtful?.settlements !== settlements) {
      const endings = settlements.map((settlement) => this.#ending(settlement))
      const parcels = endings.flatMap(({ parcel }) => parcel ?? [])
      this.#doubtful = { settlements, endings, shipment: { parcels, confirmed: 0 } }
    }
    const { endings, shipment } = this.#doubtful
    try {
      await this.#producers.send(shipment)
    } catch (error) {
      if (!isForebayError(error) || !error.retryable) this.#refused(endings, shipment)
      throw error
    }
    moved(endings, shipment)
    for (const { held, how, again } of endings) {
      const { lane, offset } = spotOf(held)
      if (how === 'release') lane.giveBack(held)
      else if (again === undefined) lane.settle(held)
      else if (lane.isOut(held)) {
        lane.tried.noted(offset, again)
        lane.tryAgain(held, again)
      }
    }
    await this.#subscription.commit()
    this.#doubtful = undefined
    return endings.map(({ held, isHeld }) => isHeld && !spotOf(held).lane.isOver)
  }

  #ending(settlement: Settlement): Ending {
    const { held, how } = settlement
    const isHeld = this.#subscription.isOut(held)
    const spot = spotOf(held)
    const ending = { held, how, isHeld, parcel: undefined, again: undefined }
    if (!('reason' in settlement) || !isHeld || spot.isMoved) return ending
    const now = Date.now()
    const failed = afterFailure(held.stored, held.stored.failed + 1, now, settlement.reason)
    if (settlement.how === 'dead')
      return { ...ending, parcel: movedParcel(failed, { topic: this.#names.dead, partition: 0, due: 0 }) }
    const { delayMs } = settlement
    const due = now + delayMs
    if (held.stored.key === undefined || spot.lane.isLater) {
      const target = { topic: this.#names.later, partition: laterPartition(delayMs), due }
      return { ...ending, parcel: movedParcel(failed, target) }
    }
    const again: Attempts = { failed: failed.failed, history: failed.history, due }
    const place = { topic: this.#names.tried, partition: spot.lane.partition }
    return { ...ending, parcel: noteParcel(spot.offset, again, place), again }
  }

  /** The broker does not take some of it: each is asked for alone after that, and one that was alone comes again. */
  #refused(endings: readonly Ending[], shipment: Shipment): void {
    this.#doubtful = undefined
    moved(endings, shipment)
    if (endings.length > 1) return
    const due = Date.now() + STUCK_MS
    for (const { held } of endings) spotOf(held).lane.tryAgain(held, { ...held.stored, due })
  }
}

/** Of what the broker has confirmed no other copy is to be made. */
function moved(endings: readonly Ending[], { confirmed }: Shipment): void {
  let index = 0
  for (const { held, parcel, again } of endings)
    if (parcel !== undefined && index++ < confirmed && again === undefined) spotOf(held).isMoved = true
}
