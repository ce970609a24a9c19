import { Chain, Link } from './chain.ts'
import type { Waiter } from './waiter.ts'

/** The waiters of one key at one level, oldest first. */
export class KeyQueue {
  readonly key: string | undefined
  readonly waiters: Chain<Waiter> = new Chain<Waiter>()
  /** Summed cost of the waiters. */
  cost = 0
  /** What deficit round robin still owes this key in the present turn. */
  deficit = 0
  hasTurn = false
  /** Its place among the keys that take turns. */
  readonly turn: Link<KeyQueue> = new Link<KeyQueue>(this)
  /** Its place among the keys about as fat as itself. */
  readonly girth: Link<KeyQueue> = new Link<KeyQueue>(this)

  constructor(key: string | undefined) {
    this.key = key
  }
}
