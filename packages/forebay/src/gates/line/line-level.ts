import { Chain } from './chain.ts'
import { Fattest } from './fattest.ts'
import { KeyQueue } from './key-queue.ts'
import type { LineRules } from './line-options.ts'
import type { Waiter } from './waiter.ts'

/** What a gate says about the waiter that would go next: let it in, leave it waiting, or refuse it at once. */
export interface Judge {
  judge(waiter: Waiter): 'enter' | 'wait' | 'shed'
}

/**
 * The waiters of one level. Keys take turns by deficit round robin (Shreedhar and Varghese, "Efficient
 * Fair Queuing Using Deficit Round Robin", SIGCOMM 1995): a key whose turn begins is owed one quantum and
 * is served while it is owed the cost of its next waiter. The quantum is the greatest cost that waits,
 * which is what makes a turn O(1).
 */
export class LineLevel {
  length = 0
  /** Summed cost of the waiters. */
  cost = 0
  /** What the floor still owes this level. */
  owed = 0
  #standingSince = 0
  #quantum = 0
  readonly #turns = new Chain<KeyQueue>()
  readonly #keyed = new Map<string, KeyQueue>() // bounded by the waiters: a key leaves with its last
  readonly #shared = new KeyQueue(undefined)
  readonly #fattest = new Fattest()

  push(waiter: Waiter, rules: LineRules): void {
    if (this.length++ === 0) this.#standingSince = waiter.since
    this.cost += waiter.cost
    this.#quantum = Math.max(this.#quantum, waiter.cost)
    const { fair } = rules
    let { key } = waiter.ask
    if (fair === false) key = undefined
    else if (fair !== true && key !== undefined) key = fair(key, (name) => this.#keyed.get(name)?.cost ?? 0)
    const queue = this.#queueOf(key)
    queue.waiters.append(waiter)
    queue.cost += waiter.cost
    waiter.queue = queue
    if (queue.turn.chain === undefined) this.#turns.append(queue.turn)
    this.#fattest.place(queue)
  }

  remove(waiter: Waiter): void {
    const { queue } = waiter
    if (queue === undefined) return
    waiter.queue = undefined
    queue.waiters.remove(waiter)
    queue.cost -= waiter.cost
    this.cost -= waiter.cost
    if (queue.waiters.length === 0) this.#retire(queue)
    this.#fattest.place(queue)
    if (--this.length === 0) {
      this.cost = 0 // costs may be fractions: what their rounding left must not add up
      this.owed = 0
      this.#quantum = 0
    }
  }

  /** The cost of the waiter that would go next. */
  nextCost(rules: LineRules, now: number): number {
    const queue = this.#turns.first?.owner
    return queue === undefined ? 0 : (this.#next(queue, rules, now)?.cost ?? 0)
  }

  /**
   * Takes out the waiter that may enter now. Refused ones are removed on the way. Unless `everyKey`, the first
   * that must wait ends the search: a heavy one is not overtaken for ever by light ones.
   */
  pick(judge: Judge, rules: LineRules, now: number, everyKey: boolean): Waiter | undefined {
    let turnsLeft = everyKey ? this.#turns.length : 1
    while (turnsLeft > 0) {
      const queue = this.#turns.first?.owner
      if (queue === undefined) return undefined
      const waiter = this.#next(queue, rules, now) as Waiter
      this.#beginTurn(queue)
      if (queue.deficit < waiter.cost) {
        this.#endTurn(queue)
        continue
      }
      switch (judge.judge(waiter)) {
        case 'enter':
          queue.deficit -= waiter.cost
          this.remove(waiter)
          if (queue.deficit < (this.#next(queue, rules, now)?.cost ?? 0)) this.#endTurn(queue)
          return waiter
        case 'shed':
          this.remove(waiter)
          break
        case 'wait':
          if (--turnsLeft > 0) this.#passTurn(queue)
      }
    }
    return undefined
  }

  /** Whether somebody of `key` waits, in a line that is fair by key. */
  holds(key: string | undefined): boolean {
    return key === undefined ? this.#shared.waiters.length > 0 : this.#keyed.has(key)
  }

  /** The oldest waiter of the key that waits with the most cost. */
  get victim(): Waiter | undefined {
    return this.#fattest.get()?.waiters.first?.owner
  }

  /** When the waiter that waits longest joined; `Infinity` when nobody waits. O(keys). */
  get oldest(): number {
    let oldest = Infinity
    for (let turn = this.#turns.first; turn !== undefined; turn = turn.next) {
      oldest = Math.min(oldest, turn.owner.waiters.first?.owner.since ?? Infinity)
    }
    return oldest
  }

  #next(queue: KeyQueue, rules: LineRules, now: number): Waiter | undefined {
    const first = queue.waiters.first?.owner
    // Whoever waits for as long as it takes is not as good as lost, however long that has been: never overtaken.
    if (rules.order === 'fifo' || first === undefined || first.dueAt === Infinity) return first
    const isStanding = rules.order === 'lifo' || now - this.#standingSince > rules.standing
    return isStanding ? queue.waiters.last?.owner : first
  }

  #queueOf(key: string | undefined): KeyQueue {
    if (key === undefined) return this.#shared
    let queue = this.#keyed.get(key)
    if (queue === undefined) this.#keyed.set(key, (queue = new KeyQueue(key)))
    return queue
  }

  #beginTurn(queue: KeyQueue): void {
    if (queue.hasTurn) return
    queue.hasTurn = true
    queue.deficit += this.#quantum
  }

  #endTurn(queue: KeyQueue): void {
    queue.hasTurn = false
    if (queue.turn.chain !== undefined) this.#turns.rotate()
  }

  /** Ends a turn in which the key could not use what it was owed: it must not save up for later. */
  #passTurn(queue: KeyQueue): void {
    queue.deficit = Math.max(0, queue.deficit - this.#quantum)
    this.#endTurn(queue)
  }

  #retire(queue: KeyQueue): void {
    queue.cost = 0
    queue.deficit = 0
    queue.hasTurn = false
    this.#turns.remove(queue.turn)
    if (queue.key !== undefined) this.#keyed.delete(queue.key)
  }
}
