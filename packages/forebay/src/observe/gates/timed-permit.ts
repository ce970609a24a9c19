import type { Permit, PermitOutcome } from '../../kernel/gate.ts'

/** A permit that says, when it is given back, that the work has ended. What is cancelled or shed elsewhere says nothing. */
export class TimedPermit implements Permit {
  #isHeld = true
  readonly #permit: Permit
  readonly #onEnd: (ms: number) => void
  readonly #since: number
  readonly #now: () => number

  constructor(permit: Permit, now: () => number, onEnd: (ms: number) => void) {
    this.#permit = permit
    this.#now = now
    this.#since = now()
    this.#onEnd = onEnd
  }

  get target(): unknown {
    return this.#permit.target
  }

  settle(cost: number): void {
    this.#permit.settle(cost)
  }

  release(outcome?: PermitOutcome): void {
    if (this.#isHeld && outcome !== 'ignore') this.#onEnd(this.#now() - this.#since)
    this.#isHeld = false
    this.#permit.release(outcome)
  }

  abandon(outcome: PermitOutcome): void {
    this.#permit.abandon?.(outcome)
  }

  [Symbol.dispose](): void {
    this.release()
  }
}
