import { checkInteger, checkOneOf } from '../../kernel/check.ts'
import { ForebayError } from '../../kernel/errors.ts'
import { Admission } from '../admission.ts'
import { Counters } from '../counters.ts'
import { pictureOf } from '../picture.ts'
import type { MessageState, PeekedMessage, Queue, RedriveOptions } from '../queue.ts'
import { QueueFront } from '../queue-front.ts'
import type { QueueStats } from '../queue-stats.ts'
import type { Receiver, ReceiverOptions } from '../receiver.ts'
import type { Settings } from '../settings.ts'
import { BrokerDeliveries } from './broker-deliveries.ts'
import { BrokerIntake } from './broker-intake.ts'
import type { BrokerLink, BrokerPlace, Depth, LinkEvents, Outgoing } from './broker-link.ts'
import { redriveAll } from './broker-redrive.ts'
import { DepthReader, Traffic, type Doubt } from './depth-reader.ts'
import { Gauges } from './gauges.ts'
import { LateEvents } from './late-events.ts'
import { Outbox } from './outbox.ts'

const WINDOW = { items: 4096, bytes: 16 * 1024 * 1024 }

/**
 * A {@link Queue} over a {@link BrokerLink}: all of the contract that a broker does not know.
 *
 *      sender → BrokerIntake → Admission → Outbox → link.put
 *                                  ▲ Gauges ← DepthReader ← link.depth
 *      receiver ← BrokerDeliveries: Handout ← link.want
 *          └→ Leases → Settler → link.settle
 */
export class BrokerQueue<T> extends QueueFront<T> implements Queue<T> {
  readonly #link: BrokerLink
  readonly #onClosed: () => void
  readonly #counters: Counters
  readonly #gauges: Gauges
  protected readonly admission: Admission
  readonly #outbox: Outbox
  protected readonly intake: BrokerIntake<T>
  readonly #deliveries: BrokerDeliveries<T>
  readonly #depth: DepthReader
  #isAway = false

  private constructor(
    settings: Settings<T>,
    place: BrokerPlace,
    opened: { link: BrokerLink; depth: Depth; onClosed: () => void },
  ) {
    super(settings)
    const { name, clock, random, overflow } = settings
    const { link, depth } = opened
    this.#link = link
    this.#onClosed = opened.onClosed
    const { bytes = 0, dead, delayed: later } = depth
    const items = depth.ready + (depth.leased ?? 0) + later + dead
    const counters = (this.#counters = new Counters({ items, bytes, dead, later }, clock))
    const gauges = (this.#gauges = new Gauges(clock, depth))
    // What drops when it is full has room for everything; what it drops, the broker decides.
    const bounds = overflow.startsWith('drop-') ? { ...settings, maxItems: Infinity, maxBytes: Infinity } : settings
    const admission = (this.admission = new Admission({ ...bounds, window: place.window ?? WINDOW }, clock))
    admission.carry(items, bytes)
    const traffic = new Traffic()
    const reader = (this.#depth = new DepthReader({
      link,
      clock,
      random,
      traffic,
      told: (...told) => this.#told(...told),
    }))
    const calls = checkInteger('putCalls', place.putCalls ?? 1, 1)
    const onFull = (): void => reader.soon()
    const outbox = (this.#outbox = new Outbox({ name, link, calls, clock, random, traffic, onFull }))
    const stored = (put: readonly Outgoing[]): void => countStored(gauges, put)
    this.intake = new BrokerIntake({
      settings,
      admission,
      counters,
      outbox,
      link,
      refresh: () => reader.ask(),
      stored,
    })
    this.#deliveries = new BrokerDeliveries({
      settings,
      link,
      counters,
      gauges,
      traffic,
      settleCalls: checkInteger('settleCalls', place.settleCalls ?? 1, 1),
      fates: {
        freed: (count, freedBytes) => admission.carry(-count, -freedBytes),
        ended: (end) => this.ended(end),
        stale: () => reader.soon(),
      },
    })
    admission.onCredit(({ reason }) => (reason === 'full' ? reader.watch() : reader.unwatch()))
  }

  /** Opens a queue over its link. `onClosed` is called once, when the link is closed. */
  static async open<T>(settings: Settings<T>, place: BrokerPlace, onClosed: () => void): Promise<BrokerQueue<T>> {
    const events = new LateEvents()
    const link = await place.openLink(settings as Settings<unknown>, events)
    const depth = await link.depth().catch(async (error: unknown) => {
      await link.close()
      throw error
    })
    const queue = new BrokerQueue(settings, place, { link, depth, onClosed })
    events.connect(queue.#events())
    return queue
  }

  receiver(options: ReceiverOptions = {}): Receiver<T> {
    return this.#deliveries.receiver(options)
  }

  stats(): QueueStats {
    this.#depth.read()
    const { in: inRate, out: outRate, retained: _, carriedDead: __, ...counters } = this.#counters
    const { ready, delayed, dead, bytes, oldestMs, elsewhere } = this.#gauges
    const { own, shelved, receivers } = this.#deliveries
    return {
      ...counters,
      dropped: { ...counters.dropped },
      ready: ready + shelved,
      leased: elsewhere + own - shelved,
      delayed,
      dead,
      bytes,
      suspects: 0,
      oldestMs,
      inRate: inRate.perSecond(),
      outRate: outRate.perSecond(),
      ...this.admission.stats,
      receivers,
    }
  }

  async measure(): Promise<QueueStats> {
    if (this.#isAway)
      throw new ForebayError('FOREBAY_UNAVAILABLE', `${this.name}: ${this.admission.credit.message ?? 'no broker'}`, {
        retryable: true,
      })
    if (!this.isClosing) {
      await this.#outbox.quiet()
      await this.#deliveries.durable().catch(() => undefined) // who settled hears of it from their own promise
      await this.#depth.now()
    }
    return this.stats()
  }

  async peek(max: number, state: MessageState = 'ready'): Promise<PeekedMessage<T>[]> {
    checkInteger('max', max, 1, 1000)
    checkOneOf('state', state, ['ready', 'leased', 'delayed', 'dead'])
    const messages = await this.#link.peek(max, state)
    return messages.map((message) => pictureOf(message, message.failed, this.settings.codec))
  }

  async redrive(options: RedriveOptions<T> = {}): Promise<number> {
    await this.#deliveries.durable() // what has just died is visited as well
    const moved = (count: number): void => {
      this.#counters.redriven += count
      this.#gauges.bury(-count)
    }
    const { clock, codec } = this.settings
    return redriveAll(this.#link, options, { clock, codec, moved })
  }

  async purge(state: 'ready' | 'dead' = 'ready'): Promise<number> {
    checkOneOf('state', state, ['ready', 'dead'])
    await this.#deliveries.durable()
    const count = await this.#link.purge(state)
    this.#counters.drop('purged', count)
    await this.#depth.now()
    return count
  }

  #events(): LinkEvents {
    const deliveries = this.#deliveries
    return {
      deliver: (messages) => deliveries.deliver(messages),
      dry: () => deliveries.dry(),
      lost: (messages) => deliveries.lost(messages),
      pause: (reason, message, settles = reason === 'disk') => this.#pause(reason, message, settles),
      resume: () => this.#resume(),
      room: () => {
        this.#outbox.room()
        if (this.admission.credit.reason === 'full') this.#depth.soon()
      },
      dropped: (reason, items, ids) => this.#dropped(reason, items, ids ?? []),
    }
  }

  #pause(reason: 'broker' | 'disk', message: string, settles: boolean): void {
    this.admission.pause(reason, message)
    this.#outbox.hold(settles)
    this.#isAway = !settles
    if (settles) this.#deliveries.resume()
    else this.#deliveries.hold()
  }

  #resume(): void {
    this.#isAway = false
    this.admission.resume()
    this.#outbox.resume()
    this.#deliveries.resume()
    this.#depth.soon()
  }

  #dropped(reason: string, items: number, ids: readonly string[]): void {
    this.#counters.drop(reason, items)
    this.#gauges.gone(items, 0)
    this.#gauges.delivered(items)
    this.admission.carry(-items, 0)
    this.#depth.soon() // nobody knows their bytes
    for (const id of ids) this.ended({ id, end: 'dropped', reason })
  }

  #told(depth: Depth, doubt: Doubt): void {
    const { items, bytes } = this.#gauges.told(depth, this.#deliveries.own, doubt)
    if (items !== 0 || bytes !== 0) this.admission.carry(items, bytes)
  }

  protected async shut(): Promise<void> {
    this.admission.close()
    this.#depth.close()
    this.#deliveries.shut()
    try {
      // What goes back does not wait for puts that the broker may never answer.
      await Promise.all([this.#outbox.close(), this.#deliveries.close()])
    } finally {
      await this.#link.close()
      this.#onClosed()
    }
  }
}

function countStored(gauges: Gauges, items: readonly Outgoing[]): void {
  let delayed = 0
  let bytes = 0
  for (const item of items) {
    if (item.delayMs > 0) delayed++
    bytes += item.bytes
  }
  gauges.stored(items.length, delayed, bytes)
}
