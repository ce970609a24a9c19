import { setImmediate as turn } from 'node:timers/promises'
import type { ForebayError } from 'forebay'
import {
  afterFailure,
  type BrokerLink,
  type Depth,
  type Held,
  type LinkEvents,
  type MessageState,
  type Outgoing,
  type PutStatus,
  type Settings,
  type Settlement,
  type StoredMessage,
  type StoreReport,
} from 'forebay/queue'
import type { AsyncMessage } from 'rabbitmq-client'
import { AttachmentKeeper } from './attachment-keeper.ts'
import type { Attachment } from './attachment.ts'
import { Browser } from './browser.ts'
import { delayStep } from './delay-steps.ts'
import { movedParcel, outgoingParcel, refusal, storedMessage, type Parcel } from './message-format.ts'
import type { MessageLimit } from './message-limit.ts'
import type { QueueNames } from './queue-names.ts'
import { messageOf, unavailable, type Connections } from './rabbit-connection.ts'
import type { Subscription } from './subscription.ts'
import { Topology } from './topology.ts'

/** A message that comes this much early is delivered. */
const EARLY_MS = 3
/** Until it is tried again to move a message that could not be moved. */
const AGAIN_MS = 250

/** What a link is made of. */
export interface RabbitLinkOptions {
  readonly names: QueueNames
  readonly settings: Settings<unknown>
  readonly events: LinkEvents
  readonly connections: Connections
  /** How long a queue that was just made is left alone. */
  readonly settleMs: number
  readonly report: (report: StoreReport) => void
}

/** Settlements that were asked for: whose messages they are of, and which of those were ours. */
interface Doubtful {
  readonly from: Subscription
  readonly isHeld: readonly boolean[]
}

/** One queue on RabbitMQ as one client sees it. */
export class RabbitLink implements BrokerLink {
  readonly #names: QueueNames
  readonly #settings: Settings<unknown>
  readonly #events: LinkEvents
  readonly #topology: Topology
  readonly #browser: Browser
  readonly #limit: MessageLimit
  readonly #report: (report: StoreReport) => void
  readonly #keeper: AttachmentKeeper
  /** Settlements that were not answered: the same are asked for again, perhaps over other channels. */
  readonly #doubtful = new WeakMap<readonly Settlement[], Doubtful>()
  #seq = 0

  private constructor(options: RabbitLinkOptions) {
    const { names, settings, events, connections, report } = options
    this.#names = names
    this.#settings = settings
    this.#events = events
    this.#report = report
    this.#topology = new Topology(names, settings, options.settleMs, connections.in, report)
    this.#browser = new Browser(connections.in)
    this.#limit = connections.limit
    this.#keeper = new AttachmentKeeper({
      queue: names.main,
      settings,
      events,
      connections,
      topology: this.#topology,
      accept: (message) => this.#accept(message),
      drop: (held) => this.#instead(held, undefined),
    })
  }

  static async open(options: RabbitLinkOptions): Promise<RabbitLink> {
    const link = new RabbitLink(options)
    await link.#keeper.open()
    return link
  }

  refuses(item: Outgoing): ForebayError | undefined {
    return refusal(item, this.#settings.name) ?? this.#limit.refusal(item.body)
  }

  async put(items: readonly Outgoing[]): Promise<readonly PutStatus[]> {
    const attachment = this.#keeper.attached()
    const delayed = items.filter(({ delayMs }) => delayMs > 0)
    if (delayed.length > 0) await Promise.all(delayed.map(({ delayMs }) => this.#topology.step(delayStep(delayMs))))
    const now = Date.now()
    const { main } = this.#names
    const parcels = items.map((item) =>
      outgoingParcel(item, item.delayMs > 0 ? this.#names.delay(delayStep(item.delayMs)) : main, now),
    )
    const refused = this.#settings.overflow === 'drop-newest' ? 'dropped' : 'full'
    return (await this.#publish(attachment, parcels)).map((isStored) => (isStored ? 'stored' : refused))
  }

  want(now: number, window: number): void {
    this.#keeper.want(now, window)
  }

  async settle(settlements: readonly Settlement[]): Promise<readonly boolean[]> {
    const attachment = this.#keeper.attached()
    const { subscription } = attachment
    const { from, isHeld } = this.#doubtful.get(settlements) ?? {
      from: subscription,
      isHeld: settlements.map(({ held }) => subscription.messages.isOut(held)),
    }
    this.#doubtful.set(settlements, { from, isHeld })
    const ours = settlements.filter(({ held }) => subscription.messages.isOut(held))
    subscription.ack(heldBy(ours, 'ack'))
    subscription.release(heldBy(ours, 'release'))
    const moves = ours.filter(({ how }) => how === 'retry' || how === 'dead')
    if (moves.length > 0) await Promise.race([this.#move(attachment, moves), this.#keeper.quiet])
    await this.#asked(attachment.acknowledged())
    this.#doubtful.delete(settlements)
    return settlements.map(({ held }, index) => isHeld[index] === true && !from.wasLost(held))
  }

  async extend(messages: readonly Held[]): Promise<readonly boolean[]> {
    // The broker knows no leases: the client's own timer is all there is to move.
    return messages.map((held) => this.#keeper.attachment?.subscription.messages.isOut(held) === true)
  }

  async depth(): Promise<Depth> {
    const attachment = this.#keeper.attached()
    await this.#topology.look(true)
    const { main, dead } = this.#names
    const steps = this.#topology.steps.map((step) => this.#names.delay(step))
    const counted = async (): Promise<number[]> => {
      await attachment.subscription.adjusted()
      await attachment.acknowledged() // what went back is counted
      const counts = await Promise.all([main, dead, ...steps].map((queue) => attachment.count(queue)))
      await attachment.acknowledged() // what was on its way has come
      await turn()
      return counts
    }
    const [ready = 0, buried = 0, ...delayed] = await this.#asked(counted())
    const later = delayed.reduce((sum, count) => sum + count, 0)
    return { ready: ready + attachment.subscription.messages.parked, delayed: later, dead: buried }
  }

  async peek(max: number, state: MessageState): Promise<readonly StoredMessage[]> {
    const { subscription } = this.#keeper.attached()
    if (state === 'leased') return subscription.messages.list(false, max).map(({ stored }) => stored)
    if (state === 'dead') return (await this.#browser.peek(this.#names.dead, max)).map(({ stored }) => stored)
    if (state === 'delayed') return this.#peekDelayed(max)
    const parked = subscription.messages.list(true, max).map(({ stored }) => stored)
    const rest = parked.length < max ? await this.#browser.peek(this.#names.main, max - parked.length) : []
    return [...parked, ...rest.map(({ stored }) => stored)]
  }

  redrive(max: number, accept: (message: StoredMessage) => boolean): Promise<number> {
    const attachment = this.#keeper.attached()
    const target = { publish: (parcels: readonly Parcel[]) => this.#publish(attachment, parcels) }
    const unvisited = (letters: number): void => {
      const what = 'the redrive ended at dead letters that were not chosen'
      this.#report({ kind: 'unvisited', message: `queue ${this.#settings.name}: ${what}; ${letters} more come behind` })
    }
    return this.#browser.redrive(this.#names.dead, { to: this.#names.main, target, max, accept, unvisited })
  }

  async purge(state: 'ready' | 'dead'): Promise<number> {
    const attachment = this.#keeper.attached()
    if (state === 'dead') return this.#asked(attachment.purge(this.#names.dead))
    await this.#topology.look(false)
    const queues = [...this.#topology.steps.map((step) => this.#names.delay(step)), this.#names.main]
    const purgeAll = async (): Promise<number> => {
      let purged = 0
      for (const queue of queues) purged += await attachment.purge(queue)
      return purged
    }
    return this.#asked(attachment.subscription.purge(purgeAll))
  }

  close(): Promise<void> {
    return this.#keeper.close()
  }

  /**
   * Copies go where the messages of these settlements belong, and are confirmed there before these are acknowledged.
   * While the broker asks for quiet that takes its time, and nobody waits for it: they stay with us, at most as many
   * as may be out, and are delivered again, no attempt burnt, if we end before.
   */
  async #move(attachment: Attachment, settlements: readonly Settlement[]): Promise<void> {
    attachment.subscription.ending(settlements.map(({ held }) => held))
    const now = Date.now()
    const send = async (which: readonly Settlement[], mayStay: boolean): Promise<Settlement[]> => {
      const parcels = await Promise.all(which.map((settlement) => this.#moved(settlement, now, mayStay)))
      const stored = await this.#publish(attachment, parcels)
      attachment.subscription.ack(which.filter((_, index) => stored[index]).map(({ held }) => held))
      return which.filter((_, index) => stored[index] !== true)
    }
    let left = await send(settlements, true)
    if (left.length > 0) left = await send(left, false) // the queue itself may be full, where its steps have room
    if (left.length > 0) throw unavailable('a retry or a dead letter was refused', undefined)
  }

  #moved(settlement: Settlement, now: number, mayStay: boolean): Promise<Parcel> {
    const { stored } = settlement.held
    const reason = 'reason' in settlement ? settlement.reason : ''
    const failed = afterFailure(stored, stored.failed + 1, now, reason)
    if (settlement.how === 'retry') return this.#later(failed, now + settlement.delayMs, mayStay)
    return Promise.resolve(movedParcel(failed, this.#names.dead, 0))
  }

  async #publish(attachment: Attachment, parcels: readonly Parcel[]): Promise<boolean[]> {
    await this.#topology.settled(new Set(parcels.map(({ envelope }) => envelope.routingKey as string)))
    return attachment.publish(parcels)
  }

  /** A retry whose step may not be used yet `mayStay` in the queue: whoever gets it there keeps it. */
  async #later(stored: StoredMessage, due: number, mayStay: boolean): Promise<Parcel> {
    const step = await this.#topology.step(delayStep(due - Date.now()))
    const isNew = mayStay && this.#topology.settlesIn(step) > 0
    return movedParcel(stored, isNew ? this.#names.main : step, due)
  }

  /** Keeps a message that has come too early until its step may be used, or until it is due. */
  async #keep(held: Held, due: number): Promise<void> {
    const { attachment } = this.#keeper
    const { clock } = this.#settings
    while (attachment !== undefined && !attachment.isOver) {
      const left = due - Date.now()
      if (left <= EARLY_MS) return attachment.subscription.release([held])
      const step = await this.#topology.step(delayStep(left)).catch(() => undefined)
      const ms = Math.min(left, step === undefined ? AGAIN_MS : this.#topology.settlesIn(step))
      if (ms <= 0) return this.#instead(held, () => this.#later(held.stored, due, false))
      await new Promise<void>((resolve) => clock.after(ms, resolve))
    }
  }

  async #peekDelayed(max: number): Promise<StoredMessage[]> {
    await this.#topology.look(false)
    const queues = this.#topology.steps.map((step) => this.#names.delay(step))
    const found = await Promise.all(queues.map((queue) => this.#browser.peek(queue, max)))
    const byDue = found.flat().toSorted((a, b) => a.due - b.due)
    return byDue.slice(0, max).map(({ stored }) => stored)
  }

  /** What has come; not to be delivered when it is too early, too late, or was the end of too many processes. */
  #accept(message: AsyncMessage): { held: Held; isGood: boolean } {
    const now = Date.now()
    const { stored, due } = storedMessage(message, this.#seq++, now)
    const held: Held = { stored, redelivered: message.redelivered, tag: message.deliveryTag }
    if (due > now + EARLY_MS) void this.#keep(held, due)
    else if (stored.expiresAt > 0 && stored.expiresAt <= now) this.#instead(held, undefined)
    else if (stored.failed >= this.#settings.maxAttempts) {
      const reason = 'its consumers ended again and again before it was settled'
      const dead = afterFailure(stored, stored.failed, now, reason)
      this.#instead(held, () => Promise.resolve(movedParcel(dead, this.#names.dead, 0)))
    } else return { held, isGood: true }
    return { held, isGood: false }
  }

  /** Ends a message that nobody is to see: it goes elsewhere, or has expired. */
  #instead(held: Held, parcel: (() => Promise<Parcel>) | undefined): void {
    const { attachment } = this.#keeper
    const end = async (to: Attachment): Promise<void> => {
      // Never at once: what has just come is not among the held ones yet, and would stay unacknowledged.
      const [isStored] = await (parcel === undefined ? [true] : this.#publish(to, [await parcel()]))
      if (isStored !== true) throw unavailable('a message that moves was refused', undefined)
      to.subscription.end([held])
      if (parcel === undefined) this.#events.dropped('expired', 1, [held.stored.id])
    }
    const attempt = (): void => {
      // When the channels are over it comes again by itself; else nobody but us has it, and a queue may be made again.
      if (attachment === undefined || attachment.isOver) return
      end(attachment).catch(() => this.#settings.clock.after(AGAIN_MS, attempt))
    }
    attempt()
  }

  async #asked<R>(answer: Promise<R>): Promise<R> {
    try {
      return await answer
    } catch (error) {
      throw unavailable(messageOf(error), error)
    }
  }
}

function heldBy(settlements: readonly Settlement[], how: Settlement['how']): Held[] {
  return settlements.filter((settlement) => settlement.how === how).map(({ held }) => held)
}
