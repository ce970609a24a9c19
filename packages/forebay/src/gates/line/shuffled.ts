import { checkInteger } from '../../kernel/check.ts'
import { systemRandom } from '../../kernel/random.ts'
import type { Random } from '../../kernel/random.ts'
import { KeyedDraws } from './keyed-draws.ts'

/** In which queue of a level the next waiter of `key` stands; `costOf` tells what waits in a queue. */
export type QueueChoice = (key: string, costOf: (queue: string) => number) => string

export interface ShuffledOptions {
  /** Queues that keys share at each level, 2 to 65,536; default 512. */
  queues?: number
  /** Queues that each key is dealt; default 8. */
  hand?: number
  /** Where the seed of the hands comes from; name one only to repeat a test. */
  random?: Random
}

/**
 * For `line: { fair: shuffled() }` where thousands of keys wait at once: every key is dealt a hand of eight of 512 queues that take turns, and
 * each of its waiters joins the shortest of them. A key that waits with very much fills eight queues at most, and the chance that
 * another key's whole hand lies within those is 1 in 10¹⁷ (there are that many hands, all equally likely). The hands depend on a seed that
 * is drawn here, so a stranger cannot work out which keys share queues with somebody. With `fair: true` each key has a queue of its own,
 * however many there are, so that whoever invents keys gets a turn for each.
 *
 * Shuffle sharding, as in the API priority and fairness of Kubernetes (KEP-1040). Throws `RangeError` for options out of range.
 */
export function shuffled(options: ShuffledOptions = {}): QueueChoice {
  const queues = checkInteger('shuffled.queues', options.queues ?? 512, 2, 65_536)
  const size = checkInteger('shuffled.hand', options.hand ?? 8, 1, Math.min(64, queues))
  const draws = new KeyedDraws(options.random ?? systemRandom)
  const hand = new Int32Array(size)
  return (key, costOf) => {
    draws.start(key)
    let shortest = ''
    let least = Infinity
    for (let dealt = 0; dealt < size && least > 0; dealt++) {
      const queue = `${deal(hand, dealt, draws.draw(queues - dealt))}`
      const cost = costOf(queue)
      if (cost >= least) continue
      shortest = queue
      least = cost
    }
    return shortest
  }
}

/** The card that is the `nth` of those not dealt yet, which is put to those that are, in ascending order. */
function deal(hand: Int32Array, dealt: number, nth: number): number {
  let card = nth
  let at = 0
  while (at < dealt && (hand[at] as number) <= card) {
    card++
    at++
  }
  hand.copyWithin(at + 1, at, dealt)
  hand[at] = card
  return card
}
