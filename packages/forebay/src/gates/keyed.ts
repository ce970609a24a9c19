import { checkFunction, checkInteger } from '../kernel/check.ts'
import { systemClock } from '../kernel/clock.ts'
import type { Clock } from '../kernel/clock.ts'
import { milliseconds } from '../kernel/duration.ts'
import type { Duration } from '../kernel/duration.ts'
import type { Ask, Gate, GateInspection, PermitOutcome } from '../kernel/gate.ts'
import { partOf } from './all.ts'
import { unlimited } from './ask.ts'
import { Holding } from './holding.ts'
import { inspectPart } from './inspect-part.ts'
import { Chain, Link } from './line/chain.ts'
import { workLine } from './line/line-options.ts'
import type { LineOptions } from './line/line-options.ts'
import { PartGate } from './part-gate.ts'
import type { Part, Refusal } from './part.ts'
import type { Advice } from './rate/advice.ts'
import type { Watcher } from './watched.ts'

/** What a keyed gate can be told while it runs. */
export interface KeyedSettings {
  /** Keys that have a gate of their own; default 1,000. Those beyond share one, made for the key `'*'`. */
  max?: number
  /** How long a gate must have been unused before another key may have its place; default 1 minute. Longer than its rate takes to refill. */
  idle?: Duration
  /** The one line in front of all keys; default 1,000 callers, held as by `limit`. */
  line?: number | LineOptions
}

export interface KeyedOptions extends KeyedSettings {
  /** Shown in sheds and inspections; default `'keyed'`. */
  name?: string
  clock?: Clock
}

/**
 * A gate for each `ask.key`, made when the key is first seen, all behind one line: who waits for his own gate
 * does not hold up the others. Keys may come from strangers, so their number is bounded, and no key can get rid of its own
 * history by naming many others: only gates that have long been unused make room.
 */
export function keyed(
  make: (key: string) => Gate,
  options: KeyedOptions = {},
): Gate & { set(settings: KeyedSettings): void } {
  const clock = options.clock ?? systemClock
  const part = new KeyedPart(checkFunction('make', make), options, clock)
  return new PartGate(part, clock, options.line, () => workLine(500))
}

class Entry {
  readonly key: string
  readonly part: Part
  /** Its place in the order of use. */
  readonly link: Link<Entry> = new Link<Entry>(this)
  usedAt = 0

  constructor(key: string, part: Part) {
    this.key = key
    this.part = part
  }
}

interface KeyTicket {
  readonly entry: Entry
  readonly ticket: unknown
}

const sharedKey = '*'
const shownKeys = 20

class KeyedPart extends Holding implements Part<KeyTicket> {
  readonly kind = 'keyed'
  readonly name: string
  readonly rank: number
  readonly perKey = true
  readonly holdsNothing = false
  readonly #make: (key: string) => Gate
  readonly #clock: Clock
  /** Stands in every key's part for all who watch this one. One object, so a part that keys share tells it once. */
  readonly #relay: Watcher = { pump: () => super.notify() }
  readonly #entries = new Map<string, Entry>() // bounded by #max and the shared one
  readonly #byUse = new Chain<Entry>()
  readonly #shared: Entry
  #changed: Entry | undefined = undefined
  #max = 1000
  #idleMs = 60_000

  constructor(make: (key: string) => Gate, options: KeyedOptions, clock: Clock) {
    super()
    this.name = options.name ?? 'keyed'
    this.#make = make
    this.#clock = clock
    this.set(options)
    this.#shared = this.#entryFor(sharedKey)
    this.rank = this.#shared.part.rank
  }

  waitMs(cost: number, ask: Ask, ahead: number): number {
    return this.#entry(ask.key).part.waitMs(cost, ask, ahead)
  }

  withhold(cost: number, ask: Ask): void {
    this.#entry(ask.key).part.withhold?.(cost, ask)
  }

  enter(cost: number, ask: Ask): KeyTicket {
    const entry = this.#entry(ask.key)
    this.entered(cost)
    return { entry, ticket: entry.part.enter(cost, ask) }
  }

  targetOf({ entry, ticket }: KeyTicket): unknown {
    return entry.part.targetOf?.(ticket)
  }

  override settle({ entry, ticket }: KeyTicket, from: number, to: number): void {
    this.#changed = entry
    super.settle(undefined, from, to)
    entry.part.settle(ticket, from, to)
  }

  learn({ entry, ticket }: KeyTicket, outcome: PermitOutcome): void {
    this.#changed = entry
    entry.part.learn(ticket, outcome)
  }

  override free({ entry, ticket }: KeyTicket, cost: number): void {
    this.#changed = entry
    super.free(undefined, cost)
    entry.part.free(ticket, cost)
  }

  credit(): number {
    return this.#entry(undefined).part.credit()
  }

  refusal(cost: number, ask: Ask): Refusal {
    return this.#entry(ask.key).part.refusal(cost, ask)
  }

  override notify(): void {
    const changed = this.#changed
    this.#changed = undefined
    if (changed !== undefined) changed.part.notify()
  }

  advise(advice: Advice, ask: Ask): boolean {
    this.#changed = this.#entry(ask.key)
    return this.#changed.part.advise?.(advice, ask) ?? false
  }

  set({ max = this.#max, idle = this.#idleMs }: KeyedSettings): void {
    checkInteger('max', max, 1)
    this.#idleMs = milliseconds('idle', idle)
    this.#max = max
  }

  /** The keys used last stand for the rest: an inspection must not grow with the number of keys. */
  inspect(): Pick<GateInspection, 'state' | 'limit' | 'unit' | 'parts'> {
    const parts: GateInspection[] = []
    for (let link = this.#byUse.last; link !== undefined && parts.length < shownKeys; link = link.previous) {
      parts.push(inspectPart(link.owner.part, link.owner.key))
    }
    return { state: this.credit() > 0 ? 'free' : 'full', limit: unlimited, unit: 'permits', parts }
  }

  #entry(key: string = ''): Entry {
    let entry = this.#entries.get(key)
    if (entry === undefined) {
      this.#makeRoom()
      if (this.#entries.size >= this.#max) return this.#shared
      entry = this.#entryFor(key)
      this.#entries.set(key, entry)
      this.#byUse.append(entry.link)
    } else if (this.#byUse.last !== entry.link) {
      this.#byUse.remove(entry.link)
      this.#byUse.append(entry.link)
    }
    entry.usedAt = this.#clock.now()
    return entry
  }

  #entryFor(key: string): Entry {
    const part = partOf(this.#make(key), 'make')
    part.watch(this.#relay)
    return new Entry(key, part)
  }

  /** Lets at most two go that are long unused, so that the map shrinks again after a flood of keys. */
  #makeRoom(): void {
    for (let i = 0; i < 2; i++) {
      const oldest = this.#byUse.first?.owner
      if (oldest === undefined || oldest.part.inUse > 0 || this.#clock.now() - oldest.usedAt < this.#idleMs) return
      this.#byUse.remove(oldest.link)
      this.#entries.delete(oldest.key)
    }
  }
}
