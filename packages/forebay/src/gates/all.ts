import { systemClock } from '../kernel/clock.ts'
import type { Clock } from '../kernel/clock.ts'
import type { Ask, Gate, GateInspection, PermitOutcome } from '../kernel/gate.ts'
import { unlimited } from './ask.ts'
import { Holding } from './holding.ts'
import { inspectPart } from './inspect-part.ts'
import { paceLine, workLine } from './line/line-options.ts'
import type { LineOptions } from './line/line-options.ts'
import { PartGate } from './part-gate.ts'
import type { Part, Refusal } from './part.ts'
import type { Advice } from './rate/advice.ts'
import type { Watcher } from './watched.ts'

export interface AllOptions {
  /** The one line in front of all; the lines of the gates themselves are not used. Default as for `limit`. */
  line?: number | LineOptions
  /** Shown in sheds and inspections; default `'all'`. */
  name?: string
  /** Default the clock of the first gate. */
  clock?: Clock
}

/**
 * Several gates as one, with one line in front: a permit is a permit of every one of them, or of none.
 *
 * Whoever waits holds nothing, so no token of a rate is burnt for work that then has to wait for a limit.
 * Whatever order they are given in, they are asked in this one: deadline, rate, breaker, limit.
 * Throws `TypeError` for gates that were not made by this package, since only those can be asked without being taken.
 */
export function all(
  gates: readonly Gate[],
  options: AllOptions = {},
): Gate & { set(settings: Pick<AllOptions, 'line'>): void } {
  if (gates.length === 0) throw new RangeError('all: expected one gate at least, got none')
  const parts = gates.map((gate, i) => partOf(gate, `all[${i}]`))
  const [first] = gates as [PartGate<unknown>]
  const part = new AllPart(options.name ?? 'all', parts)
  return new PartGate(part, options.clock ?? first.clock ?? systemClock, options.line, () =>
    part.holdsNothing ? paceLine : workLine(part.inspect().limit),
  )
}

/** The part behind one of our own gates. Throws `TypeError` for another's. */
export function partOf(gate: Gate, option: string): Part {
  if (gate instanceof PartGate) return gate.part as Part
  throw new TypeError(`${option}: expected a gate of forebay's own, got another`)
}

class AllPart extends Holding implements Part<readonly unknown[]> {
  readonly kind = 'composite'
  readonly name: string
  readonly rank: number
  readonly perKey: boolean
  readonly holdsNothing: boolean
  withheldBy = 0
  readonly #parts: readonly Part[]

  constructor(name: string, parts: readonly Part[]) {
    super()
    this.name = name
    this.#parts = [...parts].sort((a, b) => a.rank - b.rank)
    const { leaves } = this
    if (new Set(leaves).size < leaves.length)
      throw new RangeError('all: expected different gates, got one of them twice')
    this.rank = Math.max(...parts.map((part) => part.rank))
    this.perKey = parts.some((part) => part.perKey)
    this.holdsNothing = parts.every((part) => part.holdsNothing)
  }

  /** Every part that is not itself a composite. */
  get leaves(): readonly Part[] {
    return this.#parts.flatMap((part) => (part instanceof AllPart ? part.leaves : [part]))
  }

  waitMs(cost: number, ask: Ask, ahead: number): number {
    let longest = 0
    for (let i = 0; longest < Infinity && i < this.#parts.length; i++) {
      const wait = (this.#parts[i] as Part).waitMs(cost, ask, ahead)
      if (wait > longest) {
        longest = wait
        this.withheldBy = i
      }
    }
    return longest
  }

  withhold(cost: number, ask: Ask): void {
    for (const part of this.#parts) part.withhold?.(cost, ask)
  }

  enter(cost: number, ask: Ask): readonly unknown[] {
    if (this.holdsNothing) this.admitted++
    else this.entered(cost)
    const tickets: unknown[] = this.#parts.slice() // of the right size at once: one that grows takes four times the room
    let i = 0
    for (const part of this.#parts) tickets[i++] = part.enter(cost, ask)
    return tickets
  }

  /** That of the first part which has one. */
  targetOf(tickets: readonly unknown[]): unknown {
    return tickets.map((ticket, i) => this.#parts[i]?.targetOf?.(ticket)).find((target) => target !== undefined)
  }

  override settle(tickets: readonly unknown[], from: number, to: number): void {
    if (!this.holdsNothing) super.settle(undefined, from, to)
    let i = 0
    for (const part of this.#parts) part.settle(tickets[i++], from, to)
  }

  learn(tickets: readonly unknown[], outcome: PermitOutcome): void {
    let i = 0
    for (const part of this.#parts) part.learn(tickets[i++], outcome)
  }

  override free(tickets: readonly unknown[], cost: number): void {
    if (!this.holdsNothing) super.free(undefined, cost)
    let i = 0
    for (const part of this.#parts) part.free(tickets[i++], cost)
  }

  credit(): number {
    let least = unlimited
    for (const part of this.#parts) least = Math.min(least, part.credit())
    return least
  }

  /** One that says that waiting makes no sense comes first, whatever the order. */
  refusal(cost: number, ask: Ask): Refusal {
    let found: Refusal | undefined
    for (const part of this.#parts) {
      const refusal = part.refusal(cost, ask)
      if (refusal.final) return refusal
      if (found === undefined && part.waitMs(cost, ask, 0) > 0) found = refusal
    }
    return found ?? { reason: 'limit', gate: this.name, retryAfterMs: 0, final: false }
  }

  override watch(watcher: Watcher): void {
    for (const part of this.#parts) part.watch(watcher)
  }

  override unwatch(watcher: Watcher): void {
    for (const part of this.#parts) part.unwatch(watcher)
  }

  override notify(): void {
    for (const part of this.#parts) part.notify()
  }

  advise(advice: Advice, ask: Ask): boolean {
    return this.#parts.map((part) => part.advise?.(advice, ask)).includes(true)
  }

  set(): void {}

  inspect(): Pick<GateInspection, 'state' | 'limit' | 'unit' | 'parts'> {
    const parts = this.#parts.map((part) => inspectPart(part))
    const limits = parts.filter((part) => part.unit === 'permits' && part.limit < unlimited)
    const rates = parts.filter(({ unit }) => unit === 'permits/s')
    const counted = limits.length > 0 ? limits : rates.length > 0 ? rates : parts
    const isOpen = parts.some(({ state }) => state === 'open')
    return {
      state: isOpen ? 'open' : this.credit() > 0 ? 'free' : 'full',
      limit: Math.min(...counted.map((part) => part.limit)),
      unit: counted === rates ? 'permits/s' : 'permits',
      parts,
    }
  }
}
