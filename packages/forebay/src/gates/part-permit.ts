import type { Permit, PermitOutcome } from '../kernel/gate.ts'
import { costOf } from './ask.ts'
import type { Part } from './part.ts'

/** What a permit tells the gate that gave it. */
export interface Grantor<T> {
  readonly part: Part<T>
  resettled(ticket: T, from: number, to: number): void
  /** `outcome` is undefined when the permit was abandoned before, and the gate has learned it. */
  released(ticket: T, cost: number, outcome: PermitOutcome | undefined): void
  abandoned(ticket: T, outcome: PermitOutcome): void
}

/**
 * The right to do one piece of work behind our own gates.
 *
 *     held ── release ──────────────> released
 *       └──── abandon ─> abandoned ── release ─> released
 */
export class PartPermit<T> implements Permit {
  #state: 'held' | 'abandoned' | 'released' = 'held'
  #cost: number
  readonly #ticket: T
  readonly #grantor: Grantor<T>

  constructor(grantor: Grantor<T>, ticket: T, cost: number) {
    this.#grantor = grantor
    this.#ticket = ticket
    this.#cost = cost
  }

  get target(): unknown {
    return this.#grantor.part.targetOf?.(this.#ticket)
  }

  settle(cost: number): void {
    if (this.#state === 'released') return
    const from = this.#cost
    this.#cost = costOf({ cost })
    this.#grantor.resettled(this.#ticket, from, cost)
  }

  /** `outcome` is `'ok'` unless told; after {@link abandon} the gate has learned it already. */
  release(outcome: PermitOutcome = 'ok'): void {
    const state = this.#state
    if (state === 'released') return
    this.#state = 'released'
    this.#grantor.released(this.#ticket, this.#cost, state === 'held' ? outcome : undefined)
  }

  abandon(outcome: PermitOutcome): void {
    if (this.#state !== 'held') return
    this.#state = 'abandoned'
    this.#grantor.abandoned(this.#ticket, outcome)
  }

  [Symbol.dispose](): void {
    this.release()
  }
}

/**
 * The one permit that a pace hands to everybody who named no cost: nothing is held, so nothing need be
 * told apart, and asking allocates nothing. Its `settle` can therefore only charge more, never pay back.
 */
export class SharedPermit<T> implements Permit {
  readonly #grantor: Grantor<T>
  readonly #ticket: T

  constructor(grantor: Grantor<T>, ticket: T) {
    this.#grantor = grantor
    this.#ticket = ticket
  }

  settle(cost: number): void {
    if (costOf({ cost }) > 1) this.#grantor.resettled(this.#ticket, 1, cost)
  }

  release(): void {}

  abandon(): void {}

  [Symbol.dispose](): void {}
}
