import type { Level } from '../../kernel/gate.ts'
import { LineLevel } from './line-level.ts'
import type { Judge } from './line-level.ts'
import { lineRules } from './line-options.ts'
import type { LineOptions, LineRules } from './line-options.ts'
import type { Waiter } from './waiter.ts'

/**
 * The one bounded waiting line in front of a gate: it decides who goes next and who is shed, the gate's
 * parts decide only when.
 *
 *     level 0   key a  ● ● ●        strict: a lower level number goes first,
 *               key b  ●            floors excepted
 *     level 1   key a  ● ●          keys take turns by cost,
 *     level 2                       inside a key the oldest goes first, or the youngest
 *     level 3   key c  ● ● ● ● ●    once the line is standing
 *
 * Joining, leaving and serving are O(1). Everything in it is bounded by `max` waiters.
 */
export class Line {
  rules: LineRules
  #options: number | LineOptions | undefined
  readonly #defaults: () => LineRules
  #levels: readonly LineLevel[] = [] // four, made when somebody first waits: most gates are never waited at
  #length = 0
  /** Since when somebody has waited without a break, or when the last one was served: where a gap between servings begins. */
  #gapSince = 0
  #gapMs = 0

  /** `defaults` fills in what `options` leaves open; it is asked again at every change, since it may depend on the gate. */
  constructor(options: number | LineOptions | undefined, defaults: () => LineRules) {
    this.#options = options
    this.#defaults = defaults
    this.rules = lineRules(options, defaults())
  }

  get length(): number {
    return this.#length
  }

  /**
   * Checks a change of options, of which those not given stay, and returns the way to make it. Those who wait keep
   * their place and the time they were promised, even if they are now more than may wait.
   */
  prepare(change: number | LineOptions | undefined): () => void {
    const old = this.#options
    const options = typeof old === 'object' && typeof change === 'object' ? { ...old, ...change } : (change ?? old)
    lineRules(options, this.#defaults())
    return () => {
      this.#options = options
      this.rules = lineRules(options, this.#defaults())
    }
  }

  /** Milliseconds a waiter of `level` may be held. */
  holdOf(level: Level): number {
    return this.rules.hold[level]
  }

  /** The cost that goes before a new waiter of `level`, as far as is known now. */
  costAhead(level: Level): number {
    let cost = 0
    for (let i = 0; i <= level; i++) cost += this.#levels[i]?.cost ?? 0
    return cost
  }

  /** Whether those who wait leave a newcomer of `key` alone: each waits for what is his own key's. */
  isFreeFor(key: string | undefined): boolean {
    return this.rules.fair === true && !this.#levels.some((level) => level.holds(key))
  }

  push(waiter: Waiter): void {
    if (this.#length++ === 0) this.#gapSince = waiter.since
    if (this.#levels.length === 0) this.#levels = [0, 1, 2, 3].map(() => new LineLevel())
    this.#level(waiter.level).push(waiter, this.rules)
  }

  /** Removes a waiter, if it stands here. */
  remove(waiter: Waiter): boolean {
    if (waiter.queue === undefined) return false
    this.#level(waiter.level).remove(waiter)
    this.#length--
    return true
  }

  /** Who must go for a newcomer of `level`: a waiter, or `undefined` when it is the newcomer itself. */
  victimFor(level: Level): Waiter | undefined {
    let victim: Waiter | undefined
    if (this.rules.overflow === 'reject') return victim
    for (let i = 3; i >= level; i--) victim ??= this.#levels[i]?.victim
    return victim
  }

  /** Takes out the waiter that goes next, if `judge` lets it. `everyKey`: asks for each key, not only for the first. */
  pick(judge: Judge, now: number, everyKey: boolean): Waiter | undefined {
    const owed = this.#owedLevel(now)
    if (owed !== undefined) {
      const waiter = this.#pickFrom(owed, judge, now, everyKey)
      if (waiter !== undefined || (owed.length > 0 && !everyKey)) return waiter
    }
    for (const level of this.#levels) {
      if (level.length === 0) continue
      const waiter = this.#pickFrom(level, judge, now, everyKey)
      if (waiter !== undefined || (level.length > 0 && !everyKey)) return waiter
    }
    return undefined
  }

  /** Milliseconds until somebody who joined now would be served, going by how fast the line has moved; 0 when unknown. */
  get estimateMs(): number {
    return Math.ceil(this.#gapMs * (this.#length + 1))
  }

  /** When the waiter that waits longest joined; `Infinity` when nobody waits. */
  get oldest(): number {
    return Math.min(...this.#levels.map((level) => level.oldest))
  }

  #level(level: number): LineLevel {
    return this.#levels[level] as LineLevel
  }

  #pickFrom(level: LineLevel, judge: Judge, now: number, everyKey: boolean): Waiter | undefined {
    const before = level.length
    const waiter = level.pick(judge, this.rules, now, everyKey)
    this.#length -= before - level.length
    if (waiter !== undefined) this.#served(level, waiter, now)
    return waiter
  }

  /** The least important level whose floor owes it the cost of its next waiter. */
  #owedLevel(now: number): LineLevel | undefined {
    for (let i = 3; i > 0; i--) {
      const level = this.#level(i)
      if (level.owed > 0 && level.owed >= level.nextCost(this.rules, now)) return level
    }
    return undefined
  }

  #served(level: LineLevel, waiter: Waiter, now: number): void {
    const { floor } = this.rules
    for (let i = 1; i <= 3; i++) {
      const other = this.#level(i)
      // no more than it waits with: a level that could not use its share must not save up for later
      other.owed = Math.min(other.cost, other.owed + (floor[i] as number) * waiter.cost)
    }
    level.owed = Math.max(0, level.owed - waiter.cost)
    const gap = now - this.#gapSince
    this.#gapMs = this.#gapMs === 0 ? gap : this.#gapMs + 0.1 * (gap - this.#gapMs)
    this.#gapSince = now
  }
}
