import { checkInteger } from '../../kernel/check.ts'
import { RingBuffer } from '../../kernel/ring-buffer.ts'
import { Hub, type HubOptions } from './hub.ts'

/** What a broadcast hub can be told. */
export interface BroadcastHubOptions extends HubOptions {
  /** The newest items that one who comes late is given first; default 0. */
  replay?: number
}

/**
 * A hub that hands every item to all who are subscribed. `flow.to(hub)` feeds it; `hub.subscribe()` is a flow that can be
 * run at any time, as often as you like, with an overflow policy and a lag limit of its own.
 *
 * Emits: when an item arrives and all subscribers with `overflow: 'backpressure'` have room. Backpressures: while one
 * of them has none, and until `startAfter` have come; without any, unless it is `live`. Completes: when its producer
 * completes. Cancels: never; a subscriber that ends or fails leaves the others alone. Loses: for each subscriber what
 * its policy says, in the account of its own run; a `live` hub what comes when nobody is there, counted as `unheard`.
 *
 * @example
 * const prices = broadcastHub<Tick>({ replay: 1 })
 * const run = feed.to(prices).run()
 * prices.subscribe().to(store).run()
 * prices.subscribe({ overflow: 'drop-oldest', items: 100 }).to(page).run()
 */
export function broadcastHub<T>(options: BroadcastHubOptions = {}): BroadcastHub<T> {
  return new BroadcastHub<T>(options)
}

export class BroadcastHub<T> extends Hub<T> {
  readonly #last: RingBuffer<T> | undefined

  constructor(options: BroadcastHubOptions = {}) {
    super('broadcastHub', options)
    const replay = options.replay === undefined ? 0 : checkInteger('replay', options.replay, 0)
    if (replay > 0) this.#last = new RingBuffer<T>(replay)
  }

  protected offer(value: T): boolean {
    const { full, subscribers } = this
    if (full.size > 0) return false
    for (const subscriber of subscribers) if (!subscriber.hasRoom()) full.add(subscriber)
    if (full.size > 0) return false
    const at = this.taken++
    this.#remember(value)
    // One who joins while this goes on has it from the replay, or begins with the next.
    for (const subscriber of subscribers) if (subscriber.since <= at) subscriber.push(value)
    return true
  }

  protected override replay(): readonly T[] {
    const last = this.#last
    return last === undefined ? [] : Array.from({ length: last.length }, (_, at) => last.at(at))
  }

  protected override unheard(value: T): void {
    this.#remember(value)
  }

  #remember(value: T): void {
    const last = this.#last
    if (last === undefined) return
    if (last.isFull) last.shift()
    last.push(value)
  }
}
