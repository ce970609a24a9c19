import type { Context } from '../kernel/context.ts'
import { seededRandom, type Random } from '../kernel/random.ts'
import type { Run } from '../kernel/run.ts'
import type { RunEnvironment } from '../kernel/run-environment.ts'
import type { StageAccount } from '../kernel/stage-account.ts'
import type { Totals } from '../kernel/totals.ts'
import { TrialBench } from './bench.ts'
import type { Blueprint } from './blueprint.ts'
import type { Finding, Law } from './law-violation.ts'
import { Chaos, type ChaosOptions } from './chaos.ts'
import { LeaseBook } from './lease-book.ts'
import { ProbePull } from './probe-pull.ts'
import { ProbeReceiver } from './probe-receiver.ts'
import type { Schedule } from './schedule.ts'
import { itemId, itemsOf, type Shape } from './subject.ts'
import { settled, VirtualClock } from './virtual-clock.ts'

/** The chaos of a trial. */
const faults: ChaosOptions = { reorder: true, creditDelay: 15, creditTwice: 0.1, stall: 0.05, stallFor: 60, jump: '1h' }

/** What one run of one schedule is made of, and what has gone wrong in it so far. */
export class Trial {
  readonly shape: Shape
  readonly schedule: Schedule
  readonly clock: VirtualClock = new VirtualClock()
  readonly bench: TrialBench
  readonly book: LeaseBook = new LeaseBook()
  readonly sources: ProbePull[] = []
  readonly sinks: ProbeReceiver[] = []
  readonly failures: readonly Error[]
  readonly bomb: Error = new Error('bomb')
  readonly reason: Error = new Error('enough')
  readonly bound: number
  readonly hasSides: boolean
  readonly chaos: Chaos | undefined
  run!: Run<unknown>
  outcome: { readonly ok: boolean; readonly value: unknown } | undefined
  totals: Totals | undefined
  /** The first law that did not hold. */
  finding: Finding | undefined
  /** It was over before it was brought to its end. */
  wasOver = false
  /** The bomb has gone off. */
  hasExploded = false
  isAdvancing = false
  readonly #sent: number[] = []
  readonly #blueprint: Blueprint
  readonly #random: Random
  #passedAbove = 0
  #passedBelow = 0

  constructor(blueprint: Blueprint, schedule: Schedule) {
    this.#blueprint = blueprint
    this.shape = blueprint.shape
    this.schedule = schedule
    this.#random = seededRandom(schedule.chance)
    this.clock.readMs = schedule.readMs
    if (schedule.chaos) this.chaos = new Chaos(schedule.chance + 2, faults)
    this.chaos?.disturb(this.clock)
    this.bench = new TrialBench(this.clock, seededRandom(schedule.chance + 1))
    this.failures = schedule.inputs.map((_, at) => new Error(`input ${at} fails`))
    this.hasSides = blueprint.hasSides
    this.bound = this.shape.bound ?? blueprint.program.explain().worstItems
  }

  /** Writes down that a law does not hold; the first one counts. */
  broken(law: Law, message: string): void {
    this.finding ??= { law, message }
  }

  /** Makes this the trial that the blueprint belongs to. */
  enter(): void {
    this.#blueprint.trial = this
  }

  start(): void {
    this.enter()
    const { accounting, tier, hotAfter } = this.schedule
    this.run = this.#blueprint.program.run({
      ...this.shape.run?.(this.bench),
      clock: this.clock,
      random: this.#random,
      accounting,
      codegen: tier === 'compiled' ? hotAfter : false,
    })
    this.run.done.then(
      (value) => (this.outcome = { ok: true, value }),
      (value: unknown) => (this.outcome = { ok: false, value }),
    )
  }

  /** A source probe for the run that is being built. */
  source(at: number, env: RunEnvironment): ProbePull {
    this.totals = env.totals
    const source = new ProbePull()
    this.sources[at] = source
    this.#sent[at] = 0
    source.onHanded = () => this.#checkBound()
    return source
  }

  sink(at: number, stage: StageAccount): ProbeReceiver {
    const { tail, openWith, reentrant, cancelAt } = this.schedule
    const sink = new ProbeReceiver(stage, { tail })
    const { chaos } = this
    if (chaos !== undefined) sink.carry = (arrive) => chaos.grant(this.bench, arrive)
    this.sinks[at] = sink
    sink.onOpen = () => {
      if (openWith < 0) sink.cancel(this.reason)
      else if (openWith > 0) sink.request(openWith)
    }
    sink.inside = (value, context) => {
      if (this.schedule.contexts && this.shape.inputs > 0) this.#checkContext(value, context)
      if (sink.received.length === cancelAt) sink.cancel(this.reason)
      else if (reentrant > 0 && sink.received.length % reentrant === 0) sink.request(reentrant)
    }
    return sink
  }

  /** Called by the operator above the subject for every item. */
  above(): void {
    this.#explode('above', ++this.#passedAbove)
  }

  below(): void {
    this.#explode('below', ++this.#passedBelow)
  }

  /** Puts items into a source; those that are left when it ends go with the end. */
  send(at: number, count: number): void {
    const source = this.sources[at] as ProbePull
    const { items } = this.schedule.inputs[at] as Schedule['inputs'][number]
    if (source.isEnding) return
    for (let left = count; left > 0 && (this.#sent[at] as number) < items; left--) {
      const id = itemId(at, (this.#sent[at] as number)++)
      source.put(id, this.schedule.contexts ? this.book.enter(id) : undefined)
    }
  }

  /** Puts what is left into a source, and its end. */
  end(at: number): void {
    const source = this.sources[at] as ProbePull
    if (source.isEnding || source.isOver) return
    this.send(at, Infinity)
    const { ends } = this.schedule.inputs[at] as Schedule['inputs'][number]
    source.end(ends === 'fail' ? { error: this.failures[at] } : undefined)
  }

  /** Items that an input has handed over. */
  handed(at: number): number[] {
    return itemsOf(at, this.sources[at]?.handed ?? 0)
  }

  /** Runs everything that can run now: promises, and what asked to be called in this instant. */
  async quiet(): Promise<void> {
    await settled()
    for (let next = this.clock.nextAt; next !== undefined && next <= this.clock.now(); next = this.clock.nextAt) {
      this.clock.step()
      await settled()
    }
  }

  /** Something is due before long, so that what does not move now may move by itself. */
  get isWaiting(): boolean {
    const { nextAt } = this.clock
    return this.bench.working > 0 || (nextAt !== undefined && nextAt - this.clock.now() < 60_000)
  }

  #explode(where: 'above' | 'below', count: number): void {
    const { bomb } = this.schedule
    if (bomb === undefined || bomb.where !== where || bomb.at !== count) return
    this.hasExploded = true
    throw this.bomb
  }

  /** Items that have been handed over and whose account is open are inside the subject: the sinks end theirs at once. */
  #checkBound(): void {
    const open = this.book.open - this.#waiting()
    if (open > this.bound) this.broken(4, `it holds ${open} items, declared are ${this.bound}`)
  }

  /** Items that have an account and wait in their source. */
  #waiting(): number {
    return this.sources.reduce((sum, source) => sum + source.waiting, 0)
  }

  #checkContext(value: unknown, context: Context | undefined): void {
    const ids = this.shape.from?.(value)
    if (ids?.length === 0) return
    if (context?.lease === undefined) {
      this.broken(14, `the result ${JSON.stringify(value)} has no account`)
      return
    }
    if (ids === undefined) return
    const early = ids.find((id) => this.book.isSettled(id))
    if (early !== undefined) this.broken(14, `the account of item ${early} ended before its result came out`)
    const expected = { level: Math.min(...ids.map((id) => id % 4)), deadline: Math.min(...ids.map((id) => 1e9 - id)) }
    if (context.level !== expected.level || context.deadline !== expected.deadline) {
      this.broken(14, `the result of items ${ids.join()} has level ${context.level}, deadline ${context.deadline}`)
    }
  }
}
