import { checkInteger } from '../../kernel/check.ts'
import { systemClock } from '../../kernel/clock.ts'
import type { Clock } from '../../kernel/clock.ts'
import type { Gate, GateInspection } from '../../kernel/gate.ts'
import { workLine } from '../line/line-options.ts'
import type { LineOptions } from '../line/line-options.ts'
import { PartGate } from '../part-gate.ts'
import type { Part, Refusal } from '../part.ts'
import { UseCount } from '../use-count.ts'
import { Watchers } from '../watchers.ts'
import type { Watcher } from '../watchers.ts'

/** What a limit can be told while it runs. */
export interface LimitSettings {
  /** Cost that may be in use at once; 0 lets nothing start. */
  limit?: number
  /**
   * Who may wait, how long and in which order; default the larger of 200 and twice the limit, held for
   * 400, 100, 50 and 50 ms by level. A number is a line of that many without a bound in time.
   */
  line?: number | LineOptions
}

export interface LimitOptions extends Omit<LimitSettings, 'limit'> {
  /** Shown in sheds and inspections; default `'limit'`. */
  name?: string
  clock?: Clock
}

/**
 * A gate that lets at most `limit` of cost be in use at once. Its permits end with the work, so a caller
 * that gives up frees nothing while the work goes on.
 *
 * Work that costs more than the whole limit starts when nothing else runs, or it never could.
 * Throws `RangeError` unless `limit` is a whole number ≥ 0.
 */
export function limit(limit: number, options: LimitOptions = {}): Gate & { set(settings: LimitSettings): void } {
  const part = new LimitPart(limit, options.name ?? 'limit')
  return new PartGate(part, options.clock ?? systemClock, options.line, () => workLine(part.limit))
}

class LimitPart implements Part<undefined> {
  readonly kind = 'limit'
  readonly name: string
  readonly rank = 3
  readonly perKey = false
  readonly holdsNothing = false
  admitted = 0
  limit: number
  /** Invariant: its cost ≤ limit, unless one piece alone costs more, costs were corrected upward, or the limit lowered. */
  readonly #use = new UseCount()
  readonly #watchers = new Watchers()

  constructor(limit: number, name: string) {
    this.limit = checkInteger('limit', limit, 0)
    this.name = name
  }

  get inUse(): number {
    return this.#use.cost
  }

  waitMs(cost: number, _ask: unknown, ahead: number): number {
    if (ahead > 0) return Infinity
    const { cost: inUse, pieces } = this.#use
    return inUse + cost <= this.limit || (pieces === 0 && this.limit > 0) ? 0 : Infinity
  }

  enter(cost: number): undefined {
    this.admitted++
    this.#use.enter(cost)
  }

  settle(_ticket: undefined, from: number, to: number): void {
    this.#use.correct(from, to)
  }

  learn(): void {}

  free(_ticket: undefined, cost: number): void {
    this.#use.leave(cost)
  }

  credit(): number {
    return Math.max(0, Math.floor(this.limit - this.#use.cost))
  }

  refusal(): Refusal {
    return { reason: 'limit', gate: this.name, retryAfterMs: 0, final: false }
  }

  watch(watcher: Watcher): void {
    this.#watchers.add(watcher)
  }

  unwatch(watcher: Watcher): void {
    this.#watchers.delete(watcher)
  }

  notify(): void {
    this.#watchers.notify()
  }

  set(settings: LimitSettings): void {
    if (settings.limit !== undefined) this.limit = checkInteger('limit', settings.limit, 0)
  }

  inspect(): Pick<GateInspection, 'state' | 'limit' | 'unit'> {
    return { state: this.credit() > 0 ? 'free' : 'full', limit: this.limit, unit: 'permits' }
  }
}
