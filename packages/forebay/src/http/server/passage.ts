import { deadlinesOf } from '../../gates/deadlines.ts'
import type { Due } from '../../gates/deadlines.ts'
import type { Ask, Gate, Permit, PermitOutcome } from '../../kernel/gate.ts'
import { ForebayError } from '../../kernel/errors.ts'
import { isThenable } from '../../kernel/is-thenable.ts'
import type { ServedCall } from '../call/inbound-call.ts'
import { runInCall } from '../call/scope.ts'

/**
 * One request on its way through a gate. It holds its permit until the response is over, and so does a slow reader;
 * where it knows the work, until that has settled too, or has lingered for its time.
 *
 *     waiting ── permit ──> open ── response ended ──> over ── work settled ──> permit released
 *        └──── client gone ───┴───── client gone ───────^
 */
export class Passage implements Due {
  readonly call: ServedCall
  heapIndex = -1
  dueAt: number = Infinity
  readonly #lingerMs: number
  #permit: Permit | undefined = undefined
  #waiting: AbortController | undefined = undefined
  #isWorking = false
  #isOver = false
  #outcome: PermitOutcome = 'ok'

  constructor(call: ServedCall, lingerMs: number) {
    this.call = call
    this.#lingerMs = lingerMs
  }

  /** Whether the response has ended or the client has gone. */
  get isOver(): boolean {
    return this.#isOver
  }

  /** Whether there is work that is known to go on. */
  get isWorking(): boolean {
    return this.#isWorking
  }

  /** Takes a permit at once, where there is one. */
  tryEnter(gate: Gate, ask: Ask): boolean {
    this.#permit = gate.tryAcquire(ask)
    return this.#permit !== undefined
  }

  /** Waits for a permit. Rejects with `Shed`, or with `FOREBAY_CANCELLED` when the client goes first. */
  async enter(gate: Gate, ask: Ask): Promise<void> {
    this.#waiting = new AbortController()
    const permit = await gate.acquire({ ...ask, signal: this.#waiting.signal })
    this.#waiting = undefined
    if (!this.#isOver) return void (this.#permit = permit)
    permit.release('ignore') // both came in the same turn
    throw new ForebayError('FOREBAY_CANCELLED', 'the client has gone')
  }

  /** Does work of this request. A promise that it returns is counted until it settles. */
  work<T>(work: () => T, inherit: boolean): T {
    const result = inherit ? runInCall(this.call, work) : work()
    if (!isThenable(result)) return result
    this.#isWorking = true
    const settled = (): void => {
      this.#isWorking = false
      deadlinesOf(this.call.clock).remove(this)
      if (this.#isOver) this.#free()
    }
    result.then(settled, settled)
    return result
  }

  /** The response has ended. */
  ended(outcome: PermitOutcome): void {
    if (this.#isOver) return
    this.#over(outcome)
    this.call.end()
  }

  /** The client has gone before that. */
  gone(): void {
    if (this.#isOver) return
    this.#over('ignore')
    this.#waiting?.abort()
    this.call.giveUp()
  }

  /** The work has lingered long enough. */
  expire(): void {
    this.#free()
  }

  #over(outcome: PermitOutcome): void {
    this.#isOver = true
    this.#outcome = outcome
    if (this.#permit === undefined || !this.#isWorking) return this.#free()
    this.#permit.abandon?.(outcome)
    this.dueAt = this.call.clock.now() + this.#lingerMs
    deadlinesOf(this.call.clock).add(this)
  }

  #free(): void {
    const permit = this.#permit
    this.#permit = undefined
    permit?.release(this.#outcome)
  }
}
