import { KeyQueue } from './key-queue.ts'

const count = 512
const handSize = 8

/**
 * Queues that keys share when too many wait for each to have its own. Every key is dealt a hand of eight of the 512, and each of its
 * waiters joins the shortest of them: a key that waits with very much fills eight queues at most, and the chance that another key's
 * whole hand lies within those is 1 in 10¹⁷.
 *
 * Shuffle sharding, as in the API priority and fairness of Kubernetes (KEP-1040).
 */
export class Shards {
  readonly #queues: KeyQueue[] = [] // `count` at most, each made when it is first needed

  /** Where the next waiter of `key` stands. */
  queueFor(key: string): KeyQueue {
    const hash = fnv1a(key)
    // Double hashing: an odd step visits eight different queues, since the count is a power of two.
    const step = (Math.imul(hash, 0x9e3779b1) >>> 16) | 1
    let shortest = this.#at(hash)
    for (let card = 1; card < handSize && shortest.waiters.length > 0; card++) {
      const queue = this.#at(hash + card * step)
      if (queue.cost < shortest.cost) shortest = queue
    }
    return shortest
  }

  #at(index: number): KeyQueue {
    const place = index & (count - 1)
    return (this.#queues[place] ??= new KeyQueue(undefined))
  }
}

/** FNV-1a, 32 bits (Fowler, Noll and Vo), folded once so that the low bits depend on all. */
function fnv1a(text: string): number {
  let hash = 0x811c9dc5
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193)
  return (hash ^ (hash >>> 15)) >>> 0
}
