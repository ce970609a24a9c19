import type { Clock } from '../kernel/clock.ts'
import type { Ask, Gate, GateInspection, GateObserver, Level, Permit, PermitOutcome } from '../kernel/gate.ts'
import type { Shed, ShedReason } from '../kernel/shed.ts'
import { costOf, isLive, levelOf, plainAsk, roundingMs } from './ask.ts'
import { CreditListeners } from './credit-listeners.ts'
import { deadlinesOf, type Deadlines, type Due } from './deadlines.ts'
import { GateLedger } from './gate-ledger.ts'
import { inspectPart } from './inspect-part.ts'
import type { Judge } from './line/line-level.ts'
import { Line } from './line/line.ts'
import type { LineOptions, LineRules } from './line/line-options.ts'
import { Waiter, type Leavable } from './line/waiter.ts'
import { PartPermit, SharedPermit, type Grantor } from './part-permit.ts'
import type { Part } from './part.ts'
import type { Watcher } from './watched.ts'

/**
 * Every gate of this package: a part, which says when work may start, behind a line, which says whose.
 *
 *     acquire ──> [ line ] ──> part.enter ──> permit ──> work ──> release
 *                    │  ^                                            │
 *                  Shed └───────────── pump <── part.notify <────────┘
 *
 * Nobody slips past the line: while somebody waits (of the same key, where keys have gates of their own), `tryAcquire`
 * refuses, and `credit` is 0. A freed place is taken for the next waiter in the same instant, before any other code runs.
 */
export class PartGate<T> implements Gate, Grantor<T>, Leavable, Watcher, Due, Judge {
  readonly name: string
  readonly clock: Clock
  readonly part: Part<T>
  readonly stats: GateLedger
  dueAt: number = Infinity // when it must look again, though nobody gives anything back
  heapIndex = -1
  readonly #line: Line
  readonly #listeners: CreditListeners
  readonly #deadlines: Deadlines
  #isWatching = false
  #isPumping = false
  #mustPumpAgain = false
  #nextEntryMs = Infinity
  #servedAt = 0
  readonly #sharesPermit: boolean
  #sharedPermit: SharedPermit<T> | undefined = undefined

  /** `defaultRules` fills in what `line` leaves open; it is asked again at every `set`, since it may depend on the part. */
  constructor(part: Part<T>, clock: Clock, line: number | LineOptions | undefined, defaultRules: () => LineRules) {
    this.name = part.name
    this.part = part
    this.#sharesPermit = part.holdsNothing && !part.perKey
    this.clock = clock
    this.#deadlines = deadlinesOf(clock)
    this.#line = new Line(line, defaultRules)
    this.#listeners = new CreditListeners(this)
    this.stats = new GateLedger(part, this.#line)
  }

  tryAcquire(ask: Ask = plainAsk): Permit | undefined {
    const cost = costOf(ask)
    if (ask !== plainAsk && !isLive(ask, this.clock)) return undefined
    if (this.#isNext(ask) && this.part.waitMs(cost, ask, 0) === 0) return this.#enter(cost, ask)
    this.part.withhold?.(cost, ask)
    if (this.#listeners.wanted(cost)) this.#wakeBy(this.part.waitMs(cost, ask, 0))
    return undefined
  }

  acquire(ask: Ask = plainAsk): Permit | Promise<Permit> {
    const cost = costOf(ask)
    if (this.#isNext(ask) && this.part.waitMs(cost, ask, 0) === 0 && isLive(ask, this.clock))
      return this.#enter(cost, ask)
    return this.#wait(cost, ask, levelOf(ask))
  }

  waitMs(ask: Ask = plainAsk): number {
    return this.part.waitMs(costOf(ask), ask, this.#ahead(levelOf(ask)))
  }

  credit(): number {
    return this.#line.length > 0 ? 0 : this.part.credit()
  }

  observe(observer: GateObserver | undefined): void {
    this.stats.observer = observer
  }

  onCredit(wake: () => void): () => void {
    const stop = this.#listeners.add(wake)
    this.#watch()
    if (this.credit() === 0) this.#thirst(1)
    return () => {
      stop()
      this.#watch()
    }
  }

  set(options: { readonly line?: number | LineOptions }): void {
    const changeLine = this.#line.prepare(options.line) // throws before anything has changed
    this.part.set(options)
    changeLine()
    this.part.notify()
    this.pump()
  }

  inspect(): GateInspection {
    const oldest = this.#line.oldest
    const credit = this.credit()
    const now = this.clock.now()
    this.stats.withheld(now)
    return this.stats.inspect({
      ...inspectPart(this.part),
      credit,
      retryAfterMs: credit > 0 ? 0 : this.#retryAfterMs(1, plainAsk, 1),
      lineMax: this.#line.rules.max,
      oldestWaitMs: oldest === Infinity ? 0 : now - oldest,
    })
  }

  /** Lets in whom the part lets in, in the order of the line; then tells the listeners what is left. */
  pump(): void {
    if (this.#isPumping) return void (this.#mustPumpAgain = true)
    this.#isPumping = true
    try {
      do {
        this.#mustPumpAgain = false
        this.#deadlines.remove(this)
        this.#serve()
        this.#listeners.wake()
      } while (this.#mustPumpAgain)
      if (this.#line.length > 0) return this.#wakeBy(this.#nextEntryMs)
      this.stats.withheld(this.clock.now(), -1)
      if (this.#listeners.thirst !== Infinity) this.#thirst(this.#listeners.thirst)
    } finally {
      this.#isPumping = false
      this.#watch()
    }
  }

  expire(): void {
    this.pump()
  }

  resettled(ticket: T, from: number, to: number): void {
    this.part.settle(ticket, from, to)
    if (to < from) this.part.notify()
  }

  released(ticket: T, cost: number, outcome: PermitOutcome | undefined): void {
    if (outcome === undefined) this.stats.zombies--
    else this.part.learn(ticket, outcome)
    this.part.free(ticket, cost)
    this.part.notify()
  }

  abandoned(ticket: T, outcome: PermitOutcome): void {
    this.stats.zombies++
    this.part.learn(ticket, outcome)
    this.part.notify()
  }

  expired(waiter: Waiter): void {
    if (!this.#line.remove(waiter)) return
    this.#refuse(waiter, (waiter.ask.deadline ?? Infinity) <= waiter.dueAt ? 'deadline' : undefined)
    this.pump() // the next in line may be lighter
  }

  aborted(waiter: Waiter): void {
    if (!this.#line.remove(waiter)) return
    this.#deadlines.remove(waiter)
    waiter.refuse(this.stats.aborted(waiter.ask, true))
    this.pump()
  }

  /** Whether nobody waits who would go before: those of other keys do not, where keys have gates of their own. */
  #isNext({ key }: Ask): boolean {
    return this.#line.length === 0 || (this.part.perKey && this.#line.isFreeFor(key))
  }

  #enter(cost: number, ask: Ask, waitedMs?: number): Permit {
    const ticket = this.part.enter(cost, ask)
    if (this.#listeners.size > 0) this.#used()
    const permit =
      this.#sharesPermit && ask.cost === undefined
        ? (this.#sharedPermit ??= new SharedPermit(this, ticket))
        : new PartPermit(this, ticket, cost)
    const { observer } = this.stats
    return observer === undefined ? permit : observer.given(permit, ask, cost, waitedMs)
  }

  #wait(cost: number, ask: Ask, level: Level): Promise<Permit> {
    const line = this.#line
    if (ask.signal?.aborted === true) return Promise.reject(this.stats.aborted(ask, false))
    const deadline = ask.deadline ?? Infinity
    const now = this.clock.now()
    if (deadline <= now) return Promise.reject(this.#shed(cost, ask, level, 'deadline'))
    this.part.withhold?.(cost, ask)
    if (this.part.refusal(cost, ask).final || line.rules.max === 0) return Promise.reject(this.#shed(cost, ask, level))
    const dueAt = Math.min(now + (ask.hold ?? line.holdOf(level)), deadline)
    if (line.rules.order === 'fifo' && dueAt !== Infinity) {
      // A rate knows to the millisecond when it would serve: whom it cannot serve in time need not wait to hear it.
      const wait = this.part.waitMs(cost, ask, this.#ahead(level))
      if (wait !== Infinity && now + wait > dueAt + roundingMs) {
        return Promise.reject(this.#shed(cost, ask, level, dueAt === deadline ? 'deadline' : undefined))
      }
    }
    const isFull = line.length >= line.rules.max
    if (isFull) {
      const victim = line.victimFor(level)
      if (victim === undefined) return Promise.reject(this.#shed(cost, ask, level, 'line'))
      line.remove(victim)
      this.#deadlines.remove(victim)
      this.#refuse(victim, 'evicted')
    }
    const waiter = new Waiter(this, ask, cost, level, now, dueAt)
    line.push(waiter)
    this.stats.observer?.waits(ask)
    if (line.length === 1) this.stats.withheld(now, this.part.withheldBy ?? 0)
    if (dueAt !== Infinity) this.#deadlines.add(waiter)
    this.#watch()
    if (!isFull) this.#wakeBy(this.part.waitMs(cost, ask, 0))
    else this.pump() // who was behind the one that had to go may be lighter
    return waiter.promise
  }

  #serve(): void {
    this.#nextEntryMs = Infinity
    if (this.#line.length === 0) return
    const now = (this.#servedAt = this.clock.now()) // once a round: reading it costs as much as serving a waiter
    while (this.#line.length > 0) {
      const waiter = this.#line.pick(this, now, this.part.perKey)
      if (waiter === undefined) return
      this.#deadlines.remove(waiter)
      waiter.admit(this.#enter(waiter.cost, waiter.ask, now - waiter.since))
    }
  }

  judge(waiter: Waiter): 'enter' | 'wait' | 'shed' {
    const { ask, cost } = waiter
    const wait = this.part.waitMs(cost, ask, 0)
    if (wait === 0) return 'enter'
    if (this.part.refusal(cost, ask).final) {
      this.#deadlines.remove(waiter)
      this.#refuse(waiter)
      return 'shed'
    }
    this.part.withhold?.(cost, ask)
    this.#nextEntryMs = Math.min(this.#nextEntryMs, wait)
    this.stats.withheld(this.#servedAt, this.part.withheldBy ?? 0)
    return 'wait'
  }

  /** If the last was taken, those who listen want more. */
  #used(): void {
    if (this.part.credit() === 0 && this.#listeners.wanted(1)) this.#thirst(1)
  }

  #thirst(cost: number): void {
    this.part.withhold?.(cost, plainAsk)
    this.#wakeBy(this.part.waitMs(cost, plainAsk, 0))
  }

  #refuse(waiter: Waiter, reason?: ShedReason): void {
    const { ask, cost, level, since } = waiter
    waiter.refuse(this.#shed(cost, ask, level, reason, since))
  }

  /** Without a `reason` it is that of the part in the way. */
  #shed(cost: number, ask: Ask, level: Level, reason?: ShedReason, since?: number): Shed {
    const waitedMs = since === undefined ? undefined : this.clock.now() - since
    return this.stats.shed(cost, ask, level, this.#retryAfterMs(cost, ask, level), waitedMs, reason)
  }

  /** The cost that goes first, as far as is known. Where keys have gates of their own, that of the others does not count. */
  #ahead(level: Level): number {
    return this.part.perKey ? 0 : this.#line.costAhead(level)
  }

  #retryAfterMs(cost: number, ask: Ask, level: Level): number {
    const wait = this.part.waitMs(cost, ask, this.#ahead(level))
    return Math.ceil(wait === Infinity ? this.part.refusal(cost, ask).retryAfterMs || this.#line.estimateMs : wait)
  }

  /** Listens to the part exactly while somebody waits here. */
  #watch(): void {
    const isWanted = this.#line.length > 0 || this.#listeners.size > 0
    if (isWanted === this.#isWatching) return
    this.#isWatching = isWanted
    if (isWanted) return this.part.watch(this)
    this.part.unwatch(this)
    this.#deadlines.remove(this)
  }

  /** Arranges to look again in `ms` at the latest, when more may enter by time alone. */
  #wakeBy(ms: number): void {
    if (ms === Infinity || !this.#isWatching) return
    const dueAt = this.clock.now() + ms
    if (this.heapIndex >= 0 && this.dueAt <= dueAt) return
    this.#deadlines.remove(this)
    this.dueAt = dueAt
    this.#deadlines.add(this)
  }
}
