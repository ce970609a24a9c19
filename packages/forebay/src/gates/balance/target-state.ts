import type { PermitOutcome } from '../../kernel/gate.ts'
import type { Part } from '../part.ts'
import { SlidingCounts } from '../sliding-counts.ts'
import type { BalanceRules, EjectRules } from './balance-options.ts'
import { PeakEwma } from './peak-ewma.ts'

const latencyMemoryMs = 10_000
const calls = 0
const failures = 1

/**
 * What is known of one target.
 *
 *     in ──too many failures──> ejected ──time──> on probation ──a call succeeds──> in
 *                                  ^                   └──a call fails──┐
 *                                  └────────────────────────────────────┘
 */
export class TargetState<T> {
  readonly target: T
  readonly name: string
  readonly part: Part
  /** Pieces of work that have entered and not ended. */
  outstanding = 0
  failed = 0
  /** `-Infinity` when it never was out. */
  ejectedUntil: number = -Infinity
  /** Since when it warms up; `-Infinity` when it always was there. */
  warmSince: number
  /** Told when nothing of it runs any more. Defined while it drains. */
  onDrained: (() => void) | undefined = undefined
  readonly #latency = new PeakEwma(latencyMemoryMs)
  #counts: SlidingCounts | undefined = undefined
  #inARow = 0
  #ejections = 0
  #ejectedForMs = 0
  #isOnProbation = false

  constructor(target: T, name: string, part: Part, warmSince: number) {
    this.target = target
    this.name = name
    this.part = part
    this.warmSince = warmSince
  }

  /** Milliseconds a call takes; `undefined` before the first has ended. */
  latencyMs(now: number): number | undefined {
    return this.#latency.read(now, this.outstanding === 0)
  }

  /** Learns how long a call took. */
  timed(ms: number, outcome: PermitOutcome, now: number, penaltyMs: number): void {
    if (outcome === 'ok') return this.#latency.record(ms, now)
    if (outcome !== 'ignore') return this.#latency.record(Math.max(ms, penaltyMs), now)
    // Whoever gave up says nothing about the call, except that it took at least that long.
    if (ms > (this.latencyMs(now) ?? Infinity)) this.#latency.record(ms, now)
  }

  /** Counts how a call ended. True when the target should be taken out. */
  judged(outcome: PermitOutcome, now: number, rules: EjectRules, othersRate: () => number): boolean {
    if (outcome === 'ignore') return false
    const counts = (this.#counts ??= new SlidingCounts(rules.windowMs, 2))
    counts.add(calls, 1, now)
    if (outcome === 'ok') {
      this.#inARow = 0
      this.#isOnProbation = false
      return false
    }
    this.failed++
    counts.add(failures, 1, now)
    if (this.#isOnProbation || ++this.#inARow >= rules.consecutive) return true
    const total = this.callsLately(now)
    const rate = this.failuresLately(now) / total
    return total >= rules.min && rate >= rules.failureRate && rate >= 2 * othersRate()
  }

  /** Calls that ended within the window. */
  callsLately(now: number): number {
    return this.#counts?.total(calls, now) ?? 0
  }

  /** Those of them that failed. */
  failuresLately(now: number): number {
    return this.#counts?.total(failures, now) ?? 0
  }

  /** Takes it out; each time in a row for twice as long. It counts as in a row unless it did well for as long as it was out. */
  eject(now: number, rules: EjectRules): void {
    const wasWell = now - this.ejectedUntil >= this.#ejectedForMs
    this.#ejections = wasWell ? 1 : this.#ejections + 1
    this.#ejectedForMs = Math.min(rules.maxForMs, rules.forMs * 2 ** (this.#ejections - 1))
    this.ejectedUntil = now + this.#ejectedForMs
    this.#inARow = 0
    this.#isOnProbation = true
    this.#counts?.clear()
  }

  /** It may work again from now on, a little at first. */
  comeBack(now: number): void {
    this.warmSince = now
  }

  /** Milliseconds until its warm-up lets another call in, when the other targets have `mean` outstanding. */
  warmWaitMs(mean: number, now: number, { slowStartMs }: BalanceRules): number {
    const age = now - this.warmSince
    if (age >= slowStartMs || this.outstanding === 0) return 0
    const needed = Math.min(1, (this.outstanding + 1) / (mean + 1)) * slowStartMs
    return age >= needed ? 0 : Math.max(1, needed - age)
  }
}
