import { checkOneOf } from '../kernel/check.ts'
import { Admission } from './admission.ts'
import type { ChunkRef } from './chunk.ts'
import { Counters } from './counters.ts'
import { Damage } from './damage.ts'
import { DeadLetters } from './dead-letters.ts'
import { DedupeWindow } from './dedupe-window.ts'
import { Dispatcher } from './dispatcher.ts'
import { Evictor } from './evictor.ts'
import { GroupCommit } from './group-commit.ts'
import { Inspection } from './inspection.ts'
import { Intake } from './intake.ts'
import { freshState, type Journal } from './journal.ts'
import { READY_LANES } from './lanes.ts'
import { Leases } from './leases.ts'
import { Loader } from './loader.ts'
import type { Message } from './message.ts'
import type { PendingChanges } from './pending-changes.ts'
import { purgeReady } from './purge-ready.ts'
import { oldestMs } from './oldest.ts'
import type { MessageState, PeekedMessage, Queue, RedriveOptions } from './queue.ts'
import { QueueFront } from './queue-front.ts'
import { QueueReceiver, type ReceiverHost } from './queue-receiver.ts'
import type { QueueStats } from './queue-stats.ts'
import { QueueTime } from './queue-time.ts'
import type { Receiver, ReceiverOptions } from './receiver.ts'
import type { Settings } from './settings.ts'
import { Settlement } from './settlement.ts'
import { Suspects } from './suspects.ts'
import { Window } from './window.ts'

/**
 * A {@link Queue} over a {@link Journal}: all of the contract but the keeping.
 *
 *      sender → Intake → Admission │ Evictor → GroupCommit → Journal
 *                                                  │            │
 *      receiver ← Dispatcher ← Window ←────────────┴── Loader ──┘
 *          │           └ Suspects, KeyOrder
 *          └→ Leases → Settlement → GroupCommit
 */
export class QueueEngine<T> extends QueueFront<T> implements Queue<T>, ReceiverHost<T, Message> {
  readonly #journal: Journal
  readonly #onClosed: () => void
  readonly #counters: Counters
  protected readonly admission: Admission
  readonly #window = new Window()
  readonly #commit: GroupCommit
  readonly #loader: Loader
  readonly #leases: Leases<Message>
  readonly #suspects: Suspects
  readonly #settlement: Settlement
  readonly #dispatcher: Dispatcher
  protected readonly intake: Intake<T>
  readonly #inspection: Inspection<T>
  readonly #deadLetters: DeadLetters<T>
  readonly #damage: Damage
  readonly #time: QueueTime
  readonly #receivers = new Set<QueueReceiver<T, Message>>()
  readonly clock: Settings<T>['clock']
  readonly leaseMs: number

  private constructor(settings: Settings<T>, journal: Journal, onClosed: () => void) {
    super(settings)
    const { clock, maxAttempts } = settings
    const { recovered } = journal
    const state = recovered.state ?? freshState
    this.clock = clock
    this.leaseMs = settings.leaseMs
    this.#journal = journal
    this.#onClosed = onClosed
    const time = (this.#time = new QueueTime(clock, state.stamp))
    const counters = (this.#counters = new Counters(state, clock))
    const admission = (this.admission = new Admission(settings, clock))
    const dedupe = settings.dedupe === undefined ? undefined : new DedupeWindow(settings.dedupe)
    dedupe?.recover(recovered.ids)
    const window = this.#window
    const commit = (this.#commit = new GroupCommit({
      journal,
      clock,
      time,
      dedupe,
      state,
      events: this.#commitEvents(),
    }))
    this.#damage = new Damage(commit, counters)
    const events = this.#loaderEvents()
    const loader = (this.#loader = new Loader({ journal, window, clock, time, commit, events }))
    const leases = (this.#leases = new Leases(clock, (expired) => this.#expired(expired)))
    const suspects = (this.#suspects = new Suspects({ maxAttempts, commit, window, crashed: state.trial ?? 0 }, () =>
      this.#dispatcher.book(),
    ))
    const ways = { commit, counters, leases, window, suspects, time, maxAttempts, listeners: this.listeners }
    const settlement = (this.#settlement = new Settlement(ways))
    this.#dispatcher = new Dispatcher({ window, loader, suspects, settlement, time, clock, maxAttempts })
    const { name, overflow, codec } = settings
    const evictor = new Evictor({ name, overflow, admission, window, loader, settlement })
    this.intake = new Intake({ settings, admission, commit, counters, dedupe, evictor, time })
    this.#inspection = new Inspection({ journal, loader, leases, time, codec })
    this.#deadLetters = new DeadLetters({ journal, commit, counters, inspection: this.#inspection, clock })
    admission.carry(state.items, state.bytes)
    for (const lane of recovered.lanes) if (lane < READY_LANES) window.lane(lane).behind = true
  }

  /** Opens a queue over its journal. `onClosed` is called once, when the journal is closed. */
  static async open<T>(settings: Settings<T>, journal: Journal, onClosed: () => void): Promise<QueueEngine<T>> {
    const engine = new QueueEngine(settings, journal, onClosed)
    await engine.#loader.holdKeys()
    engine.#loader.fill()
    return engine
  }

  receiver(options: ReceiverOptions = {}): Receiver<T> {
    const receiver = new QueueReceiver<T, Message>(options, this)
    if (this.isClosing) {
      receiver.shut()
      return receiver
    }
    this.#receivers.add(receiver)
    this.#dispatcher.add(receiver)
    return receiver
  }

  stats(): QueueStats {
    const { in: inRate, out: outRate, retained, carriedDead: _, ...counters } = this.#counters
    const leased = this.#leases.size
    return {
      ...counters,
      dropped: { ...counters.dropped },
      ready: retained - leased - counters.delayed - counters.dead,
      leased,
      suspects: this.#suspects.size,
      oldestMs: oldestMs(this.#window, this.#journal, this.#time.stamp()),
      inRate: inRate.perSecond(),
      outRate: outRate.perSecond(),
      ...this.admission.stats,
      receivers: this.#receivers.size,
    }
  }

  measure(): Promise<QueueStats> {
    return Promise.resolve(this.stats())
  }

  peek(max: number, state: MessageState = 'ready'): Promise<PeekedMessage<T>[]> {
    return this.#inspection.peek(max, checkOneOf('state', state, ['ready', 'leased', 'delayed', 'dead']))
  }

  async redrive(options: RedriveOptions<T> = {}): Promise<number> {
    return this.#deadLetters.redrive(options)
  }

  async purge(state: 'ready' | 'dead' = 'ready'): Promise<number> {
    if (checkOneOf('state', state, ['ready', 'dead']) === 'dead') return this.#deadLetters.purge()
    return purgeReady(this.#window, this.#loader, this.#settlement, this.#commit)
  }

  decode(message: Message): { body: T } | undefined {
    try {
      return { body: this.settings.codec.decode(message.stored.body) }
    } catch (error) {
      this.#settlement.bury(message, `its body does not decode: ${String(error)}`)
      return undefined
    }
  }

  lease(message: Message): void {
    this.#counters.delivered++
    if (message.wasOut || message.failed > 0) this.#counters.redelivered++
    message.wasOut = true
    this.#leases.start(message, this.settings.leaseMs)
  }

  ack(message: Message): void {
    this.#counters.out.add(1)
    this.#settlement.ack(message)
  }

  fail(message: Message, reason: string, delayMs: number | undefined): void {
    this.#settlement.fail(message, reason, delayMs ?? Math.max(0, this.settings.backoff(message.failed + 1)))
  }

  bury(message: Message, reason: string): void {
    this.#settlement.bury(message, reason)
  }

  release(message: Message): void {
    this.#settlement.release(message)
    this.#dispatcher.book()
  }

  extend(message: Message, ms: number): void {
    this.#leases.extend(message, ms)
  }

  durable(): Promise<void> {
    return this.#commit.durable()
  }

  book(): void {
    this.#dispatcher.book()
  }

  left(receiver: QueueReceiver<T, Message>): void {
    this.#receivers.delete(receiver)
    this.#dispatcher.remove(receiver)
  }

  #commitEvents(): ConstructorParameters<typeof GroupCommit>[0]['events'] {
    return {
      arrived: (chunk) => this.#loader.arrived(chunk),
      isWanted: () => this.#receivers.size > 0,
      hasDelivered: () => this.#counters.delivered > 0,
      committed: (changes, removed) => this.#committed(changes, removed),
      paused: (message) => this.admission.pause('disk', message),
      resumed: () => this.admission.resume(),
    }
  }

  #loaderEvents(): ConstructorParameters<typeof Loader>[0]['events'] {
    return {
      isWanted: () => this.#receivers.size > 0,
      loaded: () => this.#dispatcher.book(),
      due: (count) => void (this.#counters.delayed -= count),
      lost: (ref, items, bytes) => this.#damage.lost(ref, items, bytes),
      failed: () => undefined, // only a closing queue stops a read that waits for a commit
    }
  }

  #committed(changes: PendingChanges, removed: readonly ChunkRef[]): void {
    this.#loader.removed(removed)
    if (changes.freedItems > 0) this.admission.give(changes.freedItems, changes.freedBytes)
    this.#loader.fill()
    this.#dispatcher.book()
    for (const end of changes.ends) this.ended(end)
    this.#damage.settle(this.#leases.size + this.#window.items === 0, this.#loader)
  }

  #expired(messages: readonly Message[]): void {
    for (const message of messages) {
      message.holder?.expired()
      this.#settlement.fail(message, 'the lease ended before the work did', 0)
    }
    this.#dispatcher.book()
  }

  protected async shut(): Promise<void> {
    this.admission.close()
    for (const receiver of this.#receivers) receiver.shut()
    this.#dispatcher.close()
    this.#loader.close()
    this.#suspects.close()
    this.#leases.close()
    try {
      await this.#commit.close()
    } finally {
      await this.#journal.close()
      this.#onClosed()
    }
  }
}
