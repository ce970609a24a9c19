import { joinContexts, type Context } from '../../kernel/context.ts'
import type { Port } from '../../kernel/receiver.ts'
import type { RunEnvironment } from '../../kernel/run-environment.ts'
import type { StageAccount } from '../../kernel/stage-account.ts'
import { Passage } from '../junctions/passage.ts'
import { Ladder, type LadderRules } from '../../kernel/ladder.ts'
import type { RungChange } from '../../kernel/rung-change.ts'
import { LastResults } from './last-results.ts'
import type { Rung, SummaryRung } from './rung.ts'

/** A ladder, checked and complete. */
interface Rules<T, U> {
  readonly levels: readonly Rung<T, U>[]
  readonly rules: LadderRules
  readonly holdMs: number
  /** Reads the pressure; `undefined`: it is the share of time in which downstream takes nothing. */
  readonly read: (() => number) | undefined
  readonly onChange: ((change: RungChange) => void) | undefined
}

/**
 * The running half of `degrade`.
 *
 *   take ─▶ rung: fn · 1 in n · window · last results ─▶ [ results: ≤ 2 ] ─▶ hand
 *
 * Two, because a window that is left makes a result of what it has. Holds are looked at one after the other by the alarm,
 * and none while nothing happens: an hour without items is no hour without pressure.
 */
export class Degrade<T, U> extends Passage<T, U> {
  readonly #rules: Rules<T, U>
  readonly #ladder: Ladder
  readonly #known: LastResults<T, U> | undefined
  readonly #results: { readonly value: U; readonly context: Context | undefined; readonly records: number }[] = []
  /** The summary in the making; bounded by its rung. */
  #window:
    | { readonly rung: SummaryRung<T, U>; readonly items: T[]; readonly contexts: (Context | undefined)[] }
    | undefined
  /** Items since the last that was not left out, that one included. */
  #seen = 0
  /** Pressure in the present hold: the sum of what was read and how often, or ms in which downstream took nothing. */
  #sum = 0
  #readings = 0
  #blockedSince: number | undefined
  /** When the present hold began; `undefined` while none is looked at. */
  #holdSince: number | undefined
  #isActive = false

  constructor(rules: Rules<T, U>, env: RunEnvironment, stage: StageAccount) {
    super(env, stage)
    this.#rules = rules
    this.#ladder = new Ladder(rules.rules)
    const cached = rules.levels.find((level) => 'key' in level)
    if (cached !== undefined) this.#known = new LastResults(cached.key, cached.max ?? 1000)
    this.#show()
  }

  protected take(item: T, context: Context | undefined): void {
    this.#isActive = true
    if (this.#holdSince === undefined) this.#beginHold(this.env.clock.now())
    this.#readPressure()
    const rung = this.#rung
    if ('summary' in rung) return this.#collect(rung, item, context)
    const result = 'key' in rung ? this.#known?.get(item) : this.#mapped(rung, item)
    if (result === undefined) this.lose(context, 'degraded')
    else this.#results.push({ value: result.value, context, records: 1 })
  }

  protected hand(port: Port): void {
    while (this.#results.length > 0) {
      const { value, context } = this.#results.shift() as { value: U; context: Context | undefined }
      if (!this.emit(port, value, context)) break
    }
  }

  protected override isReady(): boolean {
    return this.#results.length > 0
  }

  /** One ahead, which shows whether downstream wants any. */
  protected room(): number {
    if (this.#results.length > 0) return 0
    const rung = this.#rung
    return 'summary' in rung ? rung.window - (this.#window?.items.length ?? 0) : 1
  }

  protected held(): number {
    return this.#results.reduce((sum, { records }) => sum + records, this.#window?.items.length ?? 0)
  }

  protected override flush(): void {
    this.#summarise()
  }

  /** A hold is over. */
  protected override rang(): void {
    const now = this.env.clock.now()
    const pressure = this.#meanPressure(now)
    this.#holdSince = undefined
    const from = this.#rung.name
    if (this.#ladder.turn(pressure)) this.#changed({ from, to: this.#rung.name, pressure, at: now })
    const isBlocked = this.#blockedSince !== undefined
    const mayRise = this.#ladder.rung > 0 && !isBlocked
    const mayFall = isBlocked && !this.#ladder.isAtEnd
    if (this.#isActive || mayRise || mayFall) this.#beginHold(now)
    this.#isActive = false
  }

  /** Here begins and ends the time in which downstream takes nothing of what is ready. */
  protected override account(): void {
    super.account()
    const isBlocked = this.#results.length > 0 && !this.hasCredit()
    if (isBlocked === (this.#blockedSince !== undefined)) return
    const now = this.env.clock.now()
    if (isBlocked) this.#blockedSince = now
    else {
      if (this.#rules.read === undefined) this.#sum += now - (this.#blockedSince as number)
      this.#blockedSince = undefined
      if (this.#holdSince === undefined && this.#ladder.rung > 0) this.#beginHold(now)
    }
  }

  protected abandon(reason: string): void {
    const { items = [], contexts = [] } = this.#window ?? {}
    this.#window = undefined
    for (let i = 0; i < items.length; i++) this.lose(contexts[i], reason, 'returned')
    for (const { context, records } of this.#results.splice(0)) {
      for (let i = 1; i < records; i++) this.stage.discard(reason)
      this.lose(context, reason, 'returned')
    }
  }

  get #rung(): Rung<T, U> {
    return this.#rules.levels[this.#ladder.rung] as Rung<T, U>
  }

  #mapped({ fn, every = 1 }: { fn: (item: T) => U; every?: number }, item: T): { readonly value: U } | undefined {
    if (this.#seen > 0 && this.#seen < every) {
      this.#seen++
      return undefined
    }
    const value = fn(item)
    this.#known?.set(item, value)
    this.#seen = 1
    return { value }
  }

  #collect(rung: SummaryRung<T, U>, item: T, context: Context | undefined): void {
    const { items, contexts } = (this.#window ??= { rung, items: [], contexts: [] })
    items.push(item)
    contexts.push(context)
    if (items.length < rung.window) return
    try {
      this.#summarise()
    } catch (error) {
      // The item that has come fails by itself; those before it are still held.
      items.pop()
      contexts.pop()
      throw error
    }
  }

  /** Makes a result of what the window has. */
  #summarise(): void {
    if (this.#window === undefined || this.#window.items.length === 0) return
    const { rung, items, contexts } = this.#window
    const value = rung.summary(items)
    this.#window = undefined
    this.#results.push({ value, context: joinContexts(contexts), records: items.length })
  }

  #beginHold(now: number): void {
    if (this.isOver) return
    this.#holdSince = now
    this.#sum = 0
    this.#readings = 0
    if (this.#blockedSince !== undefined) this.#blockedSince = now
    this.setAlarm(this.#rules.holdMs)
  }

  #readPressure(): void {
    const { read } = this.#rules
    if (read === undefined) return
    this.#sum += read()
    this.#readings++
  }

  #meanPressure(now: number): number {
    if (this.#rules.read === undefined) {
      const isOpen = this.#blockedSince === undefined ? 0 : now - this.#blockedSince
      return Math.min(1, (this.#sum + isOpen) / Math.max(1, now - (this.#holdSince as number)))
    }
    if (this.#readings === 0) this.#readPressure()
    return this.#sum / this.#readings
  }

  #changed(change: RungChange): void {
    this.#show()
    this.#seen = 0
    this.#summarise()
    this.#rules.onChange?.(change)
  }

  #show(): void {
    const { rung: index, changes } = this.#ladder
    this.stage.rung = { name: this.#rung.name, index, of: this.#rules.levels.length, changes }
  }
}
