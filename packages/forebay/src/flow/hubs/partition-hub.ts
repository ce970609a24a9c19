import { checkFunction } from '../../kernel/check.ts'
import { Hub, type HubOptions } from './hub.ts'
import { rendezvous } from './rendezvous.ts'
import type { Subscriber } from './subscriber.ts'

/** One of those an item may go to. */
export interface Target {
  /** What it was named when it subscribed; not unique. */
  readonly name: string
  /** It would take an item at once. */
  hasRoom(): boolean
}

/** How a partition hub chooses: by key, or by a function; one of the two. */
export interface PartitionHubOptions<T> extends HubOptions {
  /**
   * Key of an item: all items of a key go to the same subscriber, as long as that is there. Keys are dealt out by the
   * names of the subscribers (rendezvous hashing), so that only the keys of one that comes or goes move.
   */
  key?: (item: T) => string | number
  /** The place of the subscriber that gets the item, among those that are there, in the order in which they came. */
  route?: (item: T, targets: readonly Target[]) => number
}

/**
 * A hub that hands each item to one of those who are subscribed, by key or as `route` says. It is fed, and subscribed
 * to, like a `broadcastHub`.
 *
 * Emits: when an item arrives and its subscriber has room. Backpressures: while an item waits for its subscriber,
 * whatever the others want, and until `startAfter` have come; without any, unless it is `live`. Completes: when
 * its producer completes. Cancels: never; what waits for a subscriber that ends is dealt out anew. Loses: for each
 * subscriber what its policy says, in the account of its own run; a `live` hub what comes when nobody is there, counted
 * as `unheard`.
 *
 * @example
 * const orders = partitionHub<Order>({ key: (order) => order.customer })
 * orders.subscribe({ name: 'worker-1' }).to(work).run()
 */
export function partitionHub<T>(options: PartitionHubOptions<T>): PartitionHub<T> {
  return new PartitionHub<T>(options)
}

export class PartitionHub<T> extends Hub<T> {
  readonly #choose: (item: T) => Subscriber<T>
  /** Whom the item at the head of the line is for: chosen once, unless that one leaves. */
  #target: Subscriber<T> | undefined

  constructor(options: PartitionHubOptions<T>) {
    super('partitionHub', options)
    const { key, route } = options
    if ((key === undefined) === (route === undefined)) {
      throw new TypeError('partitionHub: expected either key or route, got ' + (key === undefined ? 'neither' : 'both'))
    }
    if (route !== undefined) {
      checkFunction('route', route)
      this.#choose = (item) => this.#routed(item, route)
    } else {
      checkFunction('key', key)
      this.#choose = (item) => this.#keyed(item, key as (item: T) => string | number)
    }
  }

  protected offer(value: T): boolean {
    this.#target ??= this.#choose(value)
    const target = this.#target
    if (!target.hasRoom()) {
      this.full.add(target)
      return false
    }
    this.#target = undefined
    this.taken++
    target.push(value)
    return true
  }

  protected override gone(subscriber: Subscriber<T>): void {
    if (this.#target === subscriber) this.#target = undefined
  }

  protected override refused(): void {
    this.#target = undefined
  }

  #keyed(item: T, key: (item: T) => string | number): Subscriber<T> {
    return rendezvous(String(key(item)), this.subscribers) as Subscriber<T>
  }

  #routed(item: T, route: (item: T, targets: readonly Target[]) => number): Subscriber<T> {
    const targets = [...this.subscribers]
    const index = route(item, targets)
    const target = targets[index]
    if (target === undefined) {
      throw new RangeError(`route: expected a place from 0 to ${targets.length - 1}, got ${String(index)}`)
    }
    return target
  }
}
