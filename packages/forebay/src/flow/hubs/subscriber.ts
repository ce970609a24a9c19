import { BoundedEdge } from '../../kernel/bounded-edge.ts'
import { ForebayError } from '../../kernel/errors.ts'
import type { Port, Pull, Receiver } from '../../kernel/receiver.ts'
import type { RunEnvironment } from '../../kernel/run-environment.ts'
import type { StageAccount } from '../../kernel/stage-account.ts'
import { Alarm } from '../alarm.ts'
import { loseItem } from '../lose-item.ts'
import type { Subscription } from './subscription.ts'

/** How a hub has ended: with an error, or completed. */
export interface HubEnd {
  readonly failure: { readonly error: unknown } | undefined
}

/** What a subscriber is met with when it joins. */
export interface Welcome<T> {
  /** Items from before, the oldest first. */
  readonly replay: readonly T[]
  readonly end: HubEnd | undefined
}

/** The hub that a subscriber belongs to. */
export interface SubscriberHost<T> {
  join(subscriber: Subscriber<T>): Welcome<T>
  /** It takes no more; never told twice. */
  leave(subscriber: Subscriber<T>): void
  /** It may have room again. */
  roomChanged(subscriber: Subscriber<T>): void
}

/** What `hub.inspect()` says of one subscriber. */
export interface SubscriberState {
  readonly name: string
  readonly overflow: string
  /** Items that it was given. */
  readonly given: number
  /** Items that wait for it. */
  readonly lag: number
  /** Items that it has lost, by reason. */
  readonly dropped: Readonly<Record<string, number>>
  /** It has no room: what comes next waits for it, or goes past it. */
  readonly isSlow: boolean
  /** Time in which the hub has waited for it, ms. */
  readonly heldBackMs: number
}

/**
 * One running subscription: the source of its run. It holds nothing but what is left of the replay; what waits is in
 * the bounded edge behind it, which says what becomes of an item that does not fit and keeps the account of it.
 *
 *   hub.push ─▶ subscriber ─▶ [ edge: items, overflow ] ─▶ the subscriber's flow
 *                     ◀─ credit: room for a hub that waits
 */
export class Subscriber<T> implements Pull {
  readonly settings: Subscription
  /** Set by the hub: the item from which on it takes part. */
  since = 0
  readonly #host: SubscriberHost<T>
  readonly #env: RunEnvironment
  readonly #stage: StageAccount
  #port!: Port
  #edge: BoundedEdge | undefined
  #state: 'new' | 'in' | 'over' = 'new'
  #replay: readonly T[] = []
  #replayed = 0
  #end: HubEnd | undefined
  #given = 0
  #missed = 0
  /** It has lagged too long and is left out until it has room. */
  #isSkipped = false
  #heldBackMs = 0
  #heldBackSince: number | undefined
  readonly #alarm: Alarm | undefined

  constructor(host: SubscriberHost<T>, settings: Subscription, env: RunEnvironment, stage: StageAccount) {
    this.#host = host
    this.settings = settings
    this.#env = env
    this.#stage = stage
    if (settings.lagMs !== undefined) this.#alarm = new Alarm(env.clock, () => this.#lagged(settings.lagMs as number))
  }

  get name(): string {
    return this.settings.name
  }

  /** Whether an item may be pushed now. */
  hasRoom(): boolean {
    return this.#isSkipped || (this.#port.n > 0 && this.#replayed === this.#replay.length)
  }

  /** An item of the hub; only while it {@link hasRoom}. */
  push(value: T): void {
    if (this.#port.n > 0 && !this.#isSkipped) this.#give(this.#port, value)
    else this.#miss()
  }

  /** The hub waits for it from now on. */
  holdsBack(): void {
    if (this.#heldBackSince !== undefined || this.#state !== 'in') return
    this.#heldBackSince = this.#env.clock.now()
    if (this.settings.lagMs !== undefined) this.#alarm?.set(this.settings.lagMs)
  }

  /** The hub has ended; it hears of that behind its replay. */
  endWith(end: HubEnd): void {
    if (this.#state === 'over' || this.#end !== undefined) return
    this.#end = end
    this.#goesOn()
    this.#finish()
  }

  feeds(receiver: Receiver): void {
    if (receiver instanceof BoundedEdge) this.#edge = receiver
  }

  bind(port: Port): void {
    this.#port = port
  }

  run(port: Port): void {
    if (this.#state === 'over') return
    if (this.#state === 'new') this.#join()
    if (port.n > 0) this.#isSkipped = false
    while (port.n > 0 && this.#replayed < this.#replay.length) this.#give(port, this.#replay[this.#replayed++] as T)
    this.#finish()
    if (this.#state !== 'in' || this.#end !== undefined) return
    if (this.hasRoom()) this.#goesOn()
    this.#host.roomChanged(this)
  }

  cancel(): void {
    this.#close()
  }

  /** What is left of the replay is handed over still. */
  stop(): void {
    if (this.#state === 'in' && this.#end === undefined) this.#host.leave(this)
    this.endWith({ failure: undefined })
  }

  pulled(): number {
    return this.#given + this.#missed
  }

  inspect(): SubscriberState {
    const since = this.#heldBackSince
    const edge = this.#edge?.inspect('')
    return {
      name: this.settings.name,
      overflow: this.settings.overflow,
      given: this.#given,
      lag: (edge?.length ?? 0) + this.#replay.length - this.#replayed,
      dropped: { ...edge?.dropped, ...(this.#missed > 0 && { lag: this.#missed }) },
      isSlow: this.#isSkipped || !this.hasRoom(),
      heldBackMs: this.#heldBackMs + (since === undefined ? 0 : this.#env.clock.now() - since),
    }
  }

  #join(): void {
    this.#state = 'in'
    const { replay, end } = this.#host.join(this)
    this.#replay = replay
    this.#end ??= end
  }

  #give(port: Port, value: T): void {
    this.#given++
    port.step(value, undefined)
    port.tick(1)
  }

  #miss(): void {
    this.#missed++
    const { totals } = this.#env
    loseItem(this.#env, this.#stage, totals.lineage ? totals.enter(undefined) : undefined, 'lag')
  }

  /** The hub does not wait for it any more. */
  #goesOn(): void {
    const since = this.#heldBackSince
    if (since === undefined) return
    this.#heldBackSince = undefined
    this.#heldBackMs += this.#env.clock.now() - since
    this.#alarm?.clear()
  }

  #lagged(ms: number): void {
    if (this.#state !== 'in' || this.#end !== undefined) return
    if (this.settings.dropsOnLag) {
      this.#goesOn()
      this.#isSkipped = true
      for (; this.#replayed < this.#replay.length; this.#replayed++) this.#miss()
      return this.#host.roomChanged(this)
    }
    const message = `${this.settings.name} held its hub back for ${ms} ms and was disconnected`
    const error = new ForebayError('FOREBAY_LAGGED', message)
    for (; this.#replayed < this.#replay.length; this.#replayed++) this.#miss()
    this.#close()
    this.#port.failed(error)
  }

  /** Tells the end, which needs no demand, once nothing is left of the replay. */
  #finish(): void {
    const end = this.#end
    if (end === undefined || this.#state === 'over' || this.#replayed < this.#replay.length) return
    this.#close()
    if (end.failure === undefined) this.#port.done()
    else this.#port.failed(end.failure.error)
  }

  #close(): void {
    const wasIn = this.#state === 'in' && this.#end === undefined
    this.#state = 'over'
    this.#replay = []
    this.#replayed = 0
    this.#heldBackSince = undefined
    this.#alarm?.close()
    if (wasIn) this.#host.leave(this)
  }
}
