import { checkInteger, show } from '../../kernel/check.ts'
import { ForebayError } from '../../kernel/errors.ts'
import { Flow, type OpenSink } from '../flow.ts'
import type { Writer } from '../sinks/for-each.ts'
import { withSite } from '../sites.ts'
import { Subscriber, type HubEnd, type SubscriberHost, type SubscriberState, type Welcome } from './subscriber.ts'
import { subscription, type SubscribeOptions } from './subscription.ts'
import { WriteLine } from './write-line.ts'

/** What every hub with subscribers can be told. */
export interface HubOptions {
  /** Items that may wait for each subscriber, unless it says otherwise; default 16. */
  items?: number
  /** Waits with its first item until so many have subscribed; default 1. 0 with `live`. */
  startAfter?: number
  /** Goes on when nobody is there: what nobody hears is counted as `unheard`. Default false: it waits for a subscriber. */
  live?: boolean
  /** Subscribers at once at most; one more fails with `FOREBAY_OVERFLOW`. Default 65,536. */
  maxSubscribers?: number
  name?: string
}

/** The picture of a hub. */
export interface HubState {
  readonly name: string
  /** `waiting`: for its first subscribers, or for one; `blocked`: for those that are slow. */
  readonly state: 'waiting' | 'running' | 'blocked' | 'completed' | 'failed'
  /** Items it has taken over. */
  readonly in: number
  /** Items that came when nobody was there. */
  readonly unheard: number
  /** Subscribers that came and went so far. */
  readonly joined: number
  readonly left: number
  readonly subscribers: readonly SubscriberState[]
}

/**
 * One running flow that feeds many, which come and go while it runs. It is the sink of one run and the source of any
 * number; items wait in the edges of the subscribers, never here, so a hub has no bound of its own.
 *
 *   flow.to(hub) ─▶ write ─▶ offer ─▶ subscribers
 *                     └ waits while offer says no
 */
export abstract class Hub<T> implements OpenSink<T>, SubscriberHost<T> {
  readonly name: string
  /** Those that have no room, as far as is known. */
  protected readonly full: Set<Subscriber<T>> = new Set()
  /** At most `maxSubscribers`. */
  protected readonly subscribers: Set<Subscriber<T>> = new Set()
  /** Items taken over. */
  protected taken = 0
  readonly #items: number
  readonly #startAfter: number
  readonly #isLive: boolean
  readonly #maxSubscribers: number
  readonly #line: WriteLine<T> = new WriteLine(() => this.refused())
  #isOpen = false
  #isServing = false
  #hasChanged = false
  #end: HubEnd | undefined
  #unheard = 0
  #joined = 0
  #left = 0

  constructor(name: string, options: HubOptions) {
    const { live = false, maxSubscribers } = options
    if (typeof live !== 'boolean') throw new TypeError(`live: expected true or false, got ${show(live)}`)
    this.name = options.name ?? name
    this.#isLive = live
    this.#items = options.items === undefined ? 16 : checkInteger('items', options.items, 1)
    this.#startAfter =
      options.startAfter === undefined ? (live ? 0 : 1) : checkInteger('startAfter', options.startAfter, 0)
    this.#maxSubscribers =
      maxSubscribers === undefined ? 65_536 : checkInteger('maxSubscribers', maxSubscribers, 1, 16_777_216)
  }

  /** Hands an item to those it is for: false when it has to wait. May throw what a caller's function throws. */
  protected abstract offer(value: T): boolean

  /** Items from before, for one that joins now. */
  protected replay(): readonly T[] {
    return []
  }

  /** Somebody has left. */
  protected gone(_subscriber: Subscriber<T>): void {}

  /** The items that waited have been given up. */
  protected refused(): void {}

  /** Nobody is there to hear it, in a hub that is live. */
  protected unheard(_value: T): void {}

  /**
   * A flow of what the hub hands out from the moment on in which it is run; it can be run many times, at any time. It
   * ends when the hub does, also when that was long ago. What waits for it, and what happens when it lags, is its own
   * business: see {@link SubscribeOptions}.
   */
  subscribe(options: SubscribeOptions<T> = {}): Flow<T> {
    const { lag: _lag, onLag: _onLag, ...buffer } = options
    const settings = subscription(`${this.name} subscriber`, this.#items, options)
    const { name, items } = settings
    const source = new Flow<T>(
      withSite({ type: 'source', name, create: (env, stage) => new Subscriber<T>(this, settings, env, stage) }),
    )
    return source.buffer({ ...buffer, items, name })
  }

  /** For `flow.to(hub)`. A hub has one producer in its life: a second run fails with `FOREBAY_ALREADY_RUN`. */
  open(): Writer<T> {
    if (this.#isOpen) {
      throw new ForebayError(
        'FOREBAY_ALREADY_RUN',
        `${this.name} has had its producer: for several, put a mergeHub in front of it`,
      )
    }
    this.#isOpen = true
    return {
      write: (value, signal) => this.#write(value, signal),
      close: (failure) => this.#close(failure),
    }
  }

  inspect(): HubState {
    return {
      name: this.name,
      state: this.#state(),
      in: this.taken,
      unheard: this.#unheard,
      joined: this.#joined,
      left: this.#left,
      subscribers: [...this.subscribers].map((subscriber) => subscriber.inspect()),
    }
  }

  join(subscriber: Subscriber<T>): Welcome<T> {
    this.#joined++
    if (this.#end === undefined && this.subscribers.size >= this.#maxSubscribers) {
      const error = new ForebayError('FOREBAY_OVERFLOW', `${this.name} has ${this.#maxSubscribers} subscribers already`)
      this.#left++
      return { replay: [], end: { failure: { error } } }
    }
    subscriber.since = this.taken
    if (this.#end === undefined) this.subscribers.add(subscriber)
    else this.#left++
    return { replay: this.replay(), end: this.#end }
  }

  leave(subscriber: Subscriber<T>): void {
    if (!this.subscribers.delete(subscriber)) return
    this.#left++
    this.full.delete(subscriber)
    this.gone(subscriber)
    this.#serve()
  }

  roomChanged(subscriber: Subscriber<T>): void {
    if (subscriber.hasRoom()) this.full.delete(subscriber)
    this.#serve()
  }

  #write(value: T, signal: AbortSignal): Promise<void> | undefined {
    if (this.#line.length === 0 && !this.#isServing) {
      this.#isServing = true
      let isTaken: boolean
      try {
        isTaken = this.#take(value)
      } finally {
        this.#isServing = false
        // A subscriber may have made its producer write once more in the meantime.
        if (this.#line.length > 0) this.#serve()
      }
      if (isTaken) return undefined
    }
    const written = this.#line.wait(value, signal)
    this.#serve()
    return written
  }

  /** Hands out what waits, in order, as long as there is room. Calls from within end in one more round. */
  #serve(): void {
    this.#hasChanged = true
    if (this.#isServing) return
    this.#isServing = true
    while (this.#hasChanged && this.#line.length > 0) {
      this.#hasChanged = false
      try {
        while (this.#line.length > 0 && this.#take(this.#line.head)) this.#line.release()
      } catch (error) {
        this.#hasChanged = true
        this.#line.fail(error)
      }
    }
    this.#isServing = false
    if (this.#line.length > 0) for (const subscriber of this.full) subscriber.holdsBack()
  }

  #take(value: T): boolean {
    if (this.#joined < this.#startAfter) return false
    if (this.subscribers.size > 0) return this.offer(value)
    if (!this.#isLive) return false
    this.taken++
    this.#unheard++
    this.unheard(value)
    return true
  }

  #close(failure: { error: unknown } | undefined): void {
    this.#line.close()
    const end: HubEnd = { failure: failure === undefined ? undefined : { error: asError(this.name, failure.error) } }
    this.#end = end
    const { subscribers } = this
    this.#left += subscribers.size
    for (const subscriber of subscribers) subscriber.endWith(end)
    subscribers.clear()
    this.full.clear()
  }

  #state(): HubState['state'] {
    if (this.#end !== undefined) return this.#end.failure === undefined ? 'completed' : 'failed'
    if (this.full.size > 0 && this.#line.length > 0) return 'blocked'
    const waits = this.#joined < this.#startAfter || (this.subscribers.size === 0 && !this.#isLive)
    return waits ? 'waiting' : 'running'
  }
}

/** A producer may be cancelled for a reason that is no error; its subscribers fail with one. */
function asError(name: string, reason: unknown): unknown {
  if (reason instanceof Error) return reason
  return new ForebayError('FOREBAY_CANCELLED', `${name}: its producer was cancelled`, { cause: reason })
}
