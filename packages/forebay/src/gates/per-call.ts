import type { Ask, Gate, GateInspection, PermitOutcome } from '../kernel/gate.ts'
import { systemClock } from '../kernel/clock.ts'
import { partOf } from './all.ts'
import { paceLine, workLine } from './line/line-options.ts'
import { PartGate } from './part-gate.ts'
import type { Part, Refusal } from './part.ts'
import type { Advice } from './rate/advice.ts'
import type { Watcher } from './watched.ts'

/**
 * `gate`, for which every ask counts as one, whatever it costs. In a composite it stands beside a gate that weighs: so many
 * calls a minute, and so many tokens.
 *
 * @example
 * all([perCall(rate('500/m')), rate('200000/m'), perCall(limit(32))])
 */
export function perCall(gate: Gate): Gate {
  const inner = partOf(gate, 'perCall')
  const clock = gate instanceof PartGate ? gate.clock : systemClock
  return new PartGate(new PerCallPart(inner), clock, undefined, () =>
    inner.holdsNothing ? paceLine : workLine(inner.inspect().limit),
  )
}

class PerCallPart implements Part {
  readonly #inner: Part

  constructor(inner: Part) {
    this.#inner = inner
  }

  get kind(): Part['kind'] {
    return this.#inner.kind
  }

  get name(): string {
    return this.#inner.name
  }

  get rank(): number {
    return this.#inner.rank
  }

  get perKey(): boolean {
    return this.#inner.perKey
  }

  get holdsNothing(): boolean {
    return this.#inner.holdsNothing
  }

  get admitted(): number {
    return this.#inner.admitted
  }

  get inUse(): number {
    return this.#inner.inUse
  }

  /** How many go first is not known, only what they cost: one is the least. */
  waitMs(_cost: number, ask: Ask, ahead: number): number {
    return this.#inner.waitMs(1, ask, ahead > 0 ? 1 : 0)
  }

  withhold(_cost: number, ask: Ask): void {
    this.#inner.withhold?.(1, ask)
  }

  enter(_cost: number, ask: Ask): unknown {
    return this.#inner.enter(1, ask)
  }

  targetOf(ticket: unknown): unknown {
    return this.#inner.targetOf?.(ticket)
  }

  settle(): void {}

  learn(ticket: unknown, outcome: PermitOutcome): void {
    this.#inner.learn(ticket, outcome)
  }

  free(ticket: unknown): void {
    this.#inner.free(ticket, 1)
  }

  credit(): number {
    return this.#inner.credit()
  }

  refusal(_cost: number, ask: Ask): Refusal {
    return this.#inner.refusal(1, ask)
  }

  watch(watcher: Watcher): void {
    this.#inner.watch(watcher)
  }

  unwatch(watcher: Watcher): void {
    this.#inner.unwatch(watcher)
  }

  notify(): void {
    this.#inner.notify()
  }

  get leaves(): readonly Part[] {
    return this.#inner.leaves ?? [this.#inner]
  }

  advise(advice: Advice, ask: Ask): boolean {
    return this.#inner.advise?.(advice, ask) ?? false
  }

  set(options: object): void {
    this.#inner.set(options)
  }

  inspect(): Pick<GateInspection, 'state' | 'limit' | 'unit' | 'parts'> {
    return this.#inner.inspect()
  }
}
