import type { Clock } from '../../../kernel/clock.ts'
import type { GateInspection } from '../../../kernel/gate.ts'
import { checkInteger } from '../../../kernel/check.ts'
import type { Random } from '../../../kernel/random.ts'
import { roundingMs, unlimited } from '../../ask.ts'
import { Holding } from '../../holding.ts'
import type { Part, Refusal } from '../../part.ts'
import { answerInTime } from '../../rate/shared/answer-in-time.ts'
import { tellAway } from '../../rate/shared/tell-away.ts'
import { SteadyTime } from '../../rate/steady-time.ts'
import type { Watcher } from '../../watched.ts'
import { SharedLimitCounts } from './shared-limit-stats.ts'
import type { SharedLimitSettings } from './shared-limit.ts'
import type { SlotStore } from './slot-store.ts'

export interface SharedLimitRules {
  readonly store: SlotStore
  readonly name: string
  readonly owner: string
  readonly leaseMs: number
  readonly pollMs: number
  readonly keepMs: number
  readonly fallback: 'local' | 'open' | 'closed'
  readonly instances: number
  readonly timeoutMs: number
  readonly retryMs: number
  readonly onAway: ((error: unknown) => void) | undefined
  readonly random: Random
}

/**
 * The half of a shared limit that lives in this process. Everything it tells the store is one sentence: "I hold so many,
 * and would like so many more"; it says it when somebody waits, when slots are to be given back, and to stay known.
 *
 *     leased:  ●●●●●○○      ● in use    ○ free here, given back after `keep`
 */
export class SharedLimitPart extends Holding implements Part<undefined> {
  readonly kind = 'limit'
  readonly name: string
  readonly rank = 4 // after everything that can be asked for nothing
  readonly perKey = false
  readonly holdsNothing = false
  limit: number
  readonly shared: SharedLimitCounts = new SharedLimitCounts()
  readonly #rules: SharedLimitRules
  readonly #clock: Clock
  readonly #time: SteadyTime
  #watching = 0
  /** The most that callers wait for, since the store was last asked. */
  #wanted = 0
  /** How much more is asked for than the first needs: doubles as long as it is used up, since the length of the line is not known here. */
  #ahead = 0
  #isAsking = false
  #mustAsk = false
  #closedUntil = -Infinity
  #awayUntil = -Infinity
  #leasedUntil = -Infinity
  /** What the store may take us to hold, when an answer is missing, and until when it would. */
  #believed = 0
  #believedUntil = -Infinity
  #stopTimer: (() => void) | undefined
  #timerAt = Infinity
  #idleSince = Infinity

  constructor(limit: number, rules: SharedLimitRules, clock: Clock) {
    super()
    this.limit = limit
    this.name = rules.name
    this.#rules = rules
    this.#clock = clock
    this.#time = new SteadyTime(clock)
  }

  waitMs(cost: number, _ask: unknown, ahead: number): number {
    const now = this.#time.now()
    if (ahead === 0 && this.#fits(cost, this.#mine(now))) return 0
    const isAway = this.shared.isAway && now < this.#awayUntil
    if (this.#watching > 0 && !isAway && this.#closedUntil <= now + roundingMs) {
      this.#wanted = Math.max(this.#wanted, Math.min(this.limit, Math.ceil(ahead + cost)))
      this.#ask()
    }
    // A release here wakes as well; this is when to ask again if others hold what is missing.
    const until = isAway ? this.#awayUntil : this.#closedUntil
    return until > now + roundingMs && ahead === 0 ? until - now : Infinity
  }

  enter(cost: number): undefined {
    this.entered(cost)
    this.#idleSince = Infinity
  }

  learn(): void {}

  override free(_ticket: undefined, cost: number): void {
    super.free(undefined, cost)
    this.#look()
  }

  credit(): number {
    return Math.max(0, Math.floor(this.#mine(this.#time.now()) - this.inUse))
  }

  refusal(): Refusal {
    return { reason: 'limit', gate: this.name, retryAfterMs: 0, final: false }
  }

  override watch(watcher: Watcher): void {
    this.#watching++
    super.watch(watcher)
  }

  override unwatch(watcher: Watcher): void {
    this.#watching--
    super.unwatch(watcher)
  }

  set(settings: SharedLimitSettings): void {
    if (settings.limit !== undefined) this.limit = checkInteger('limit', settings.limit, 1)
    this.#closedUntil = -Infinity
  }

  inspect(): Pick<GateInspection, 'state' | 'limit' | 'unit'> {
    return { state: this.credit() > 0 ? 'free' : 'full', limit: this.limit, unit: 'permits' }
  }

  /** Cost that may be in use here now. */
  #mine(now: number): number {
    const { fallback, instances } = this.#rules
    const leased = now < this.#leasedUntil ? this.shared.leased : 0
    if (!this.shared.isAway || fallback === 'closed') return leased
    return fallback === 'open' ? unlimited : Math.max(leased, 1, Math.floor(this.limit / instances))
  }

  #fits(cost: number, mine: number): boolean {
    // What costs more than the whole limit starts when nothing else runs, or it never could.
    return this.inUse + cost <= mine + 1e-9 || (this.pieces === 0 && mine >= this.limit)
  }

  #ask(): void {
    if (this.#isAsking || this.#mustAsk) return
    this.#mustAsk = true
    void Promise.resolve().then(() => this.#say())
  }

  async #say(): Promise<void> {
    this.#mustAsk = false
    const { store, name, owner, leaseMs, pollMs, timeoutMs, retryMs, random, onAway } = this.#rules
    const saidAt = this.#time.now()
    const inUse = Math.ceil(this.inUse - 1e-9)
    const held = saidAt >= this.#idleSince + this.#rules.keepMs ? inUse : Math.max(this.shared.leased, inUse)
    const wanted = this.#wanted === 0 ? 0 : this.#wanted + this.#ahead
    const most = Math.max(0, Math.min(this.limit, inUse + wanted) - held)
    this.shared.leased = held // what is given back may be taken elsewhere before the answer is here
    this.#believed = Math.max(this.#believed, held + most)
    this.#believedUntil = saidAt + leaseMs + timeoutMs
    this.#wanted = 0
    this.#isAsking = true
    this.shared.roundTrips++
    const wasAway = this.shared.isAway
    try {
      const ask = { name, limit: this.limit, owner, held, most, ttlMs: leaseMs }
      const { granted } = await answerInTime(store.hold(ask), timeoutMs, name, this.#clock)
      this.shared.leased = this.#believed = held + granted
      this.#leasedUntil = saidAt + leaseMs
      this.shared.isAway = false
      if (granted < most) this.#closedUntil = this.#time.now() + pollMs * (0.75 + 0.5 * random.next())
      if (wasAway) tellAway(onAway, undefined)
    } catch (error) {
      this.#awayUntil = this.#time.now() + retryMs
      this.shared.error = error
      this.shared.isAway = true
      if (!wasAway) tellAway(onAway, error)
    }
    this.#isAsking = false
    this.notify()
    const isUsedUp = this.#wanted > 0 && this.#closedUntil <= this.#time.now()
    this.#ahead = isUsedUp ? Math.min(this.limit, Math.max(1, 2 * this.#ahead)) : 0
    this.#look()
  }

  /** Sets the one timer for what is due next: to give back what is free, or to say that we live. None while nothing is leased. */
  #look(): void {
    const now = this.#time.now()
    if (now >= this.#leasedUntil) this.shared.leased = 0
    if (now >= this.#believedUntil) this.#believed = 0
    const isFree = this.shared.leased > Math.ceil(this.inUse - 1e-9)
    if (!isFree) this.#idleSince = Infinity
    else if (this.#idleSince === Infinity) this.#idleSince = now
    let at = Infinity
    if (this.shared.leased > 0 || this.#believed > 0 || this.pieces > 0) {
      const renewAt = this.shared.isAway ? this.#awayUntil : this.#leasedUntil - (this.#rules.leaseMs * 2) / 3
      at = Math.min(renewAt, this.#idleSince + this.#rules.keepMs)
    }
    if (at === this.#timerAt) return
    this.#stopTimer?.()
    this.#timerAt = at
    this.#stopTimer = at === Infinity ? undefined : this.#clock.after(Math.max(0, at - now), () => this.#due())
  }

  #due(): void {
    this.#timerAt = Infinity
    this.#stopTimer = undefined
    this.#ask()
  }
}
