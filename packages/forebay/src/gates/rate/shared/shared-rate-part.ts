import type { Clock } from '../../../kernel/clock.ts'
import type { Ask, GateInspection } from '../../../kernel/gate.ts'
import type { Rate } from '../../../kernel/rate.ts'
import { roundingMs, unlimited } from '../../ask.ts'
import type { Part, Refusal } from '../../part.ts'
import { Watched } from '../../watched.ts'
import type { Watcher } from '../../watched.ts'
import { withRate } from '../rate-spec.ts'
import { SteadyTime } from '../steady-time.ts'
import { answerInTime, strayAnswers } from './answer-in-time.ts'
import { Debts } from './debts.ts'
import { LocalShare } from './local-share.ts'
import type { RateStore, StoreAnswer, StoreAsk, StoredRate } from './rate-store.ts'
import type { SharedKey } from './shared-key.ts'
import { SharedKeys } from './shared-keys.ts'
import { SharedRateCounts } from './shared-rate-stats.ts'
import type { SharedRateSettings } from './shared-rate.ts'
import { tellAway } from './tell-away.ts'

export interface SharedRateRules {
  readonly store: RateStore
  readonly name: string
  readonly keyed: boolean
  readonly batch: number
  readonly keepMs: number
  readonly fallback: 'local' | 'open' | 'closed'
  readonly instances: number
  readonly timeoutMs: number
  readonly retryMs: number
  readonly onAway: ((error: unknown) => void) | undefined
}

type Settings = Pick<SharedRateSettings, 'limit' | 'per' | 'burst'> & { limit: number | Rate }

interface Ticket {
  readonly key: string
  readonly mark: number
  readonly isLocal: boolean
}

/**
 * The half of a shared rate that lives in this process.
 *
 *     waitMs ── nothing in stock ──> want ──┐ at the end of the turn: one batch, one round trip
 *     enter <── stock <── granted ──────────┴──> store
 *                    └── refused: closed until then, without asking again
 */
export class SharedRatePart extends Watched implements Part<Ticket> {
  readonly kind: 'rate' | 'keyed'
  readonly name: string
  readonly rank = 4 // after everything that can be asked for nothing
  readonly perKey: boolean
  readonly holdsNothing = false
  readonly inUse = 0
  admitted = 0
  readonly shared: SharedRateCounts = new SharedRateCounts()
  readonly #rules: SharedRateRules
  readonly #clock: Clock
  readonly #time: SteadyTime
  readonly #read: (settings: Settings) => StoredRate
  #watching = 0
  readonly #keys = new SharedKeys()
  /** Those to ask for at the end of this turn, and those with something in stock. Bounded by the keys. */
  readonly #outbox = new Set<SharedKey>()
  readonly #stocked = new Set<SharedKey>()
  #isReturning = false
  readonly #debts: Debts
  readonly #share: LocalShare
  #settings: Settings
  #rate: StoredRate
  /** The store is left alone until then; 0 while it answers. */
  #awayUntil = 0

  constructor(rules: SharedRateRules, read: (settings: Settings) => StoredRate, settings: Settings, clock: Clock) {
    super()
    this.#rules = rules
    this.kind = rules.keyed ? 'keyed' : 'rate'
    this.name = rules.name
    this.perKey = rules.keyed
    this.#read = read
    this.#settings = withRate({ limit: settings.limit }, settings)
    this.#rate = read(this.#settings)
    this.#clock = clock
    this.#time = new SteadyTime(clock)
    this.#debts = new Debts(clock, rules.retryMs, (key) => this.#tryAgain(key, 0))
    this.#share = new LocalShare(this.#rate, rules.instances, clock)
  }

  waitMs(cost: number, ask: Ask, ahead: number): number {
    const key = this.#key(ask)
    if (ahead === 0 && (cost === 0 || key.stock >= cost)) return 0
    const now = this.#time.now()
    if (this.shared.isAway) {
      if (now >= this.#awayUntil && this.#watching > 0) this.#want(key, cost, ahead) // and see whether it is back
      return this.#awayWaitMs(cost, ask, ahead, now)
    }
    if (key.closedUntil > now + roundingMs && cost >= key.refused) return key.closedUntil - now
    if (this.#watching > 0) this.#want(key, cost, ahead)
    return Infinity
  }

  enter(cost: number, ask: Ask): Ticket {
    this.admitted++
    const key = this.#key(ask)
    if (key.stock >= cost) {
      key.stock = key.stock - cost < 1e-9 ? 0 : key.stock - cost
      return { key: key.key, mark: key.mark, isLocal: false }
    }
    this.shared.local += cost
    this.#tryAgain(key, cost) // nobody who waits does, while nobody has to
    if (this.#rules.fallback === 'local') this.#share.take(key.key, cost)
    return { key: key.key, mark: 0, isLocal: true }
  }

  settle({ key, mark, isLocal }: Ticket, from: number, to: number): void {
    if (isLocal) {
      this.#share.settle(key, from, to)
    } else {
      const entry = this.#keys.of(key)
      entry.correct(to - from, mark)
      this.#charge(entry)
    }
  }

  learn(): void {}

  free(): void {}

  credit(): number {
    const key = this.#key({})
    if (!this.shared.isAway || this.#rules.fallback === 'closed') return Math.floor(key.stock + 1e-9)
    return this.#rules.fallback === 'open' ? unlimited : this.#share.credit()
  }

  refusal(_cost: number, ask: Ask): Refusal {
    const now = this.#time.now()
    const until = this.shared.isAway ? this.#awayUntil : this.#key(ask).closedUntil
    return { reason: 'rate', gate: this.name, retryAfterMs: Math.max(0, Math.ceil(until - now)), final: false }
  }

  override watch(watcher: Watcher): void {
    this.#watching++
    super.watch(watcher)
  }

  override unwatch(watcher: Watcher): void {
    this.#watching--
    super.unwatch(watcher)
  }

  set(settings: SharedRateSettings): void {
    const merged = withRate(this.#settings, settings)
    this.#rate = this.#read(merged)
    this.#settings = merged
    this.#share.set(this.#rate)
    this.#keys.reopen()
  }

  inspect(): Pick<GateInspection, 'state' | 'limit' | 'unit'> {
    const state = this.credit() > 0 ? 'free' : 'full'
    if (this.perKey) return { state, limit: unlimited, unit: 'permits' }
    return { state, limit: (this.#rate.limit / this.#rate.perMs) * 1000, unit: 'permits/s' }
  }

  #awayWaitMs(cost: number, ask: Ask, ahead: number, now: number): number {
    const { fallback } = this.#rules
    if (fallback === 'open') return 0
    if (fallback === 'local') return this.#share.waitMs(this.#key(ask).key, cost, ahead)
    return this.#awayUntil > now ? this.#awayUntil - now : Infinity
  }

  #key(ask: Ask): SharedKey {
    return this.#keys.of(this.perKey ? (ask.key ?? '') : '')
  }

  #want(key: SharedKey, cost: number, ahead: number): void {
    key.want(cost, ahead)
    this.#send(key)
  }

  /** Asks a store that has been left alone for long enough, for one key, whether it is back. */
  #tryAgain(key: SharedKey, cost: number): void {
    if (!this.shared.isAway || key.isAsked) return
    const now = this.#time.now()
    if (now < this.#awayUntil) return
    this.#awayUntil = now + this.#rules.retryMs
    this.#want(key, cost, 0)
  }

  /** Tells the store what is to be charged or given back; while it is away debts are kept for it. */
  #charge(key: SharedKey): void {
    if (this.shared.isAway) this.shared.uncharged += this.#debts.note(key)
    else this.#send(key)
  }

  #send(key: SharedKey): void {
    if (key.isAsked || this.#outbox.has(key)) return
    this.#outbox.add(key)
    if (this.#outbox.size === 1) void Promise.resolve().then(() => this.#flush())
  }

  async #flush(): Promise<void> {
    const { store, timeoutMs } = this.#rules
    const keys = [...this.#outbox]
    this.#outbox.clear()
    const asks = keys.map((key) => this.#askFor(key))
    this.shared.roundTrips++
    this.shared.asks += asks.length
    try {
      const answers = await answerInTime(store.take(asks), timeoutMs, this.name, this.#clock)
      if (answers.length !== asks.length) throw strayAnswers(this.name, asks.length, answers.length)
      keys.forEach((key, i) => this.#answered(key, asks[i] as StoreAsk, answers[i] as StoreAnswer))
      this.#isBack()
    } catch (error) {
      for (const [i, key] of keys.entries()) this.#unanswered(key, asks[i] as StoreAsk)
      this.#isGone(error)
    }
    this.notify()
    for (const key of keys) if (key.stock > 0 || key.least === 0) key.ahead = 0
    for (const key of keys) if (key.correction !== 0) this.#charge(key)
    this.#returnLater()
  }

  #askFor(key: SharedKey): StoreAsk {
    const { least, correction, correctionMark: mark } = key
    const most = Math.max(least, Math.min(this.#rules.batch, Math.max(key.most, least + key.ahead)))
    key.isAsked = true
    this.#debts.delete(key)
    key.least = key.most = key.correction = 0
    return { name: this.name, key: key.key, rate: this.#rate, least, most, correction, mark }
  }

  #answered(key: SharedKey, { least, most }: StoreAsk, { granted, waitMs, mark }: StoreAnswer): void {
    key.isAsked = false
    this.shared.granted += granted
    if (least > 0 && granted === 0) {
      key.closedUntil = this.#time.now() + waitMs
      key.refused = least
    }
    if (granted === 0) return
    // A line whose length is not known here is served in steps that double as long as they are used up.
    key.ahead = granted < most ? 0 : Math.min(this.#rules.batch, Math.max(1, key.ahead * 2))
    if (key.stock > 0 && key.mark !== mark) this.#giveBack(key)
    key.stock += granted
    key.mark = mark
    this.#stocked.add(key)
  }

  #unanswered(key: SharedKey, ask: StoreAsk): void {
    key.isAsked = false
    key.ahead = 0
    if (ask.correction > 0) key.correct(ask.correction, ask.mark) // a debt stays a debt; what would be given back is lost
  }

  #giveBack(key: SharedKey): void {
    this.shared.returned += key.stock
    key.correct(-key.stock, key.mark)
    key.stock = key.ahead = 0
    this.#charge(key)
  }

  /** What nobody used who waited when it was asked for goes back soon: others may want it. */
  #returnLater(): void {
    for (const key of this.#stocked) if (key.stock === 0) this.#stocked.delete(key)
    if (this.#stocked.size === 0 || this.#isReturning) return
    this.#isReturning = true
    this.#clock.after(this.#rules.keepMs, () => {
      this.#isReturning = false
      for (const key of this.#stocked) if (key.stock > 0) this.#giveBack(key)
      this.#stocked.clear()
    })
  }

  #isBack(): void {
    this.#awayUntil = 0
    for (const key of this.#debts.next()) this.#send(key)
    if (!this.shared.isAway) return
    this.shared.isAway = false
    tellAway(this.#rules.onAway, undefined)
  }

  #isGone(error: unknown): void {
    this.#awayUntil = this.#time.now() + this.#rules.retryMs
    this.shared.error = error
    if (this.shared.isAway) return
    this.shared.isAway = true
    tellAway(this.#rules.onAway, error)
  }
}
