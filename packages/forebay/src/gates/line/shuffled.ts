import { checkInteger } from '../../kernel/check.ts'

/** In which queue of a level the next waiter of `key` stands; `costOf` tells what waits in a queue. */
export type QueueChoice = (key: string, costOf: (queue: string) => number) => string

export interface ShuffledOptions {
  /** Queues that keys share at each level; default 512, rounded up to a power of two. */
  queues?: number
  /** Queues that each key is dealt; default 8. */
  hand?: number
}

/**
 * For `line: { fair: shuffled() }` where thousands of keys wait at once: every key is dealt a hand of eight of 512 queues that take turns, and
 * each of its waiters joins the shortest of them. A key that waits with very much fills eight queues at most, and the chance that
 * another key's whole hand lies within those is 1 in 10¹⁷. With `fair: true` each key has a queue of its own, however many there are, so
 * that whoever invents keys gets a turn for each.
 *
 * Shuffle sharding, as in the API priority and fairness of Kubernetes (KEP-1040). Throws `RangeError` for options out of range.
 */
export function shuffled(options: ShuffledOptions = {}): QueueChoice {
  const queues = 2 ** Math.ceil(Math.log2(checkInteger('shuffled.queues', options.queues ?? 512, 2, 65_536)))
  const hand = checkInteger('shuffled.hand', options.hand ?? 8, 1, Math.min(64, queues))
  return (key, costOf) => {
    const hash = fnv1a(key)
    let shortest = ''
    let least = Infinity
    for (let card = 0; card < hand && least > 0; card++) {
      // Double hashing: an odd step visits different queues, since their number is a power of two.
      const queue = `${((hash >>> 9) + card * (hash | 1)) & (queues - 1)}`
      const cost = costOf(queue)
      if (cost >= least) continue
      shortest = queue
      least = cost
    }
    return shortest
  }
}

/** FNV-1a, 32 bits (Fowler, Noll and Vo). */
function fnv1a(text: string): number {
  let hash = 0x811c9dc5
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193)
  return hash
}
