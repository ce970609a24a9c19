import type { Ask, Level, Permit } from '../../kernel/gate.ts'
import type { Due } from '../deadlines.ts'
import { ends, takeEnds } from '../ends.ts'
import type { Chain, Linked } from './chain.ts'
import type { KeyQueue } from './key-queue.ts'

/** Where a waiter reports that it waits no longer. */
export interface Leavable {
  /** Its time is up. */
  expired(waiter: Waiter): void
  /** Its caller has aborted. */
  aborted(waiter: Waiter): void
}

/** One caller in a line. It holds a place, never a permit or a token. */
export class Waiter implements Linked<Waiter>, Due {
  readonly owner: this = this
  chain: Chain<Waiter> | undefined = undefined
  previous: Linked<Waiter> | undefined = undefined
  next: Linked<Waiter> | undefined = undefined
  readonly ask: Ask
  readonly cost: number
  readonly level: Level
  /** When it joined, ms on the clock. */
  readonly since: number
  readonly dueAt: number
  heapIndex = -1
  readonly promise: Promise<Permit>
  /** The queue it stands in; undefined before it joins and after it leaves. */
  queue: KeyQueue | undefined = undefined
  readonly #door: Leavable
  readonly #resolve: (permit: Permit) => void
  readonly #reject: (reason: unknown) => void
  readonly #onAbort: (() => void) | undefined

  constructor(door: Leavable, ask: Ask, cost: number, level: Level, since: number, dueAt: number) {
    this.#door = door
    this.ask = ask
    this.cost = cost
    this.level = level
    this.since = since
    this.dueAt = dueAt
    this.promise = new Promise(takeEnds)
    this.#resolve = ends.resolve
    this.#reject = ends.reject
    if (ask.signal !== undefined) {
      this.#onAbort = () => door.aborted(this)
      ask.signal.addEventListener('abort', this.#onAbort, { once: true })
    }
  }

  expire(): void {
    this.#door.expired(this)
  }

  /** Ends the wait with the permit, which is already taken: nobody can slip in before the caller runs. */
  admit(permit: Permit): void {
    this.#unlisten()
    this.#resolve(permit)
  }

  refuse(reason: Error): void {
    this.#unlisten()
    this.#reject(reason)
  }

  #unlisten(): void {
    if (this.#onAbort !== undefined) this.ask.signal?.removeEventListener('abort', this.#onAbort)
  }
}
