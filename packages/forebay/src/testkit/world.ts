import type { Flow } from '../flow/flow.ts'
import { Program } from '../flow/program.ts'
import { ForebayError } from '../kernel/errors.ts'
import { seededRandom, type Random } from '../kernel/random.ts'
import type { Run, RunOptions } from '../kernel/run.ts'
import { stallReport } from '../kernel/waits/stall-report.ts'
import type { Chaos } from './chaos.ts'
import { Expectations } from './expectations.ts'
import { MarbleRun, type LanesIn } from './marbles/marble-run.ts'
import { patchGlobals } from './patch-globals.ts'
import type { Misbehaviour } from './probe-pull.ts'
import { SinkProbe } from './sink-probe.ts'
import { SourceProbe } from './source-probe.ts'
import { settled, VirtualClock } from './virtual-clock.ts'
import { waitGraph } from './wait-graph.ts'

/** How a {@link world} behaves. */
export interface WorldOptions {
  /** Puts `setTimeout`, `setInterval`, `setImmediate`, `Date.now` and `performance.now` on the world's clock as well. */
  patch?: boolean
  /** What goes wrong around the flows: see {@link chaos}. */
  chaos?: Chaos
  /** Virtual time after which a world that still goes on is taken to go on for ever, ms; default a day. */
  within?: number
}

/** Turns without anything to do after which a world stands still: a few, for code that takes real ones. */
const IDLE_TURNS = 5
/** Of what holds up a run, so much is said. */
const MAX_SENTENCES = 4

/** A small universe for one test: its own time, its own chance, and flows that cannot hang. */
export class World {
  readonly seed: number
  readonly clock: VirtualClock = new VirtualClock()
  readonly random: Random
  readonly #chaos: Chaos | undefined
  readonly #expectations = new Expectations()
  readonly #runs: Run<any>[] = []
  readonly #sinks: SinkProbe<any>[] = []

  constructor(seed: number, chaos?: Chaos) {
    this.seed = seed
    this.random = seededRandom(seed)
    this.#chaos = chaos
    chaos?.disturb(this.clock)
    const killAt = chaos?.killAt
    if (killAt !== undefined) this.clock.after(killAt, () => this.#kill())
  }

  /** A source that the test drives, perhaps one that breaks the rules. */
  source<T = number>(options: { misbehave?: Misbehaviour | readonly Misbehaviour[] } = {}): SourceProbe<T> {
    const { misbehave = [] } = options
    const breaks = typeof misbehave === 'string' ? [misbehave] : misbehave
    return new SourceProbe<T>(this.#expectations, breaks, (arrive) =>
      this.#chaos === undefined ? arrive() : this.#chaos.send(this.clock, arrive),
    )
  }

  /** A sink that the test drives. */
  sink<T = number>(): SinkProbe<T> {
    const carry = this.#chaos === undefined ? undefined : (arrive: () => void) => this.#chaos?.grant(this.clock, arrive)
    const sink = new SinkProbe<T>(this.#expectations, (ms) => this.advance(ms), carry)
    this.#sinks.push(sink)
    return sink
  }

  /** Runs a flow into a sink probe, or a program, on the world's clock and chance. */
  run<T>(flow: Flow<T>, sink: SinkProbe<T>, options?: RunOptions): Run
  run<R>(program: Program<R>, options?: RunOptions): Run<R>
  /**
   * Plays lanes of data and demand through a piece of flow, and compares what comes out.
   *
   * @example
   * const lanes = w.run((flow) => flow.buffer(2), { data: '-a-b-c|', demand: '1----2' })
   * await lanes.toBe({ out: '-a---(bc)|', upstream: '21---2' })
   */
  run(op: (flow: Flow<any>, world: World) => Flow<any> | Program<any>, lanes: LanesIn & { data?: string }): MarbleRun
  run(
    op: (flows: readonly Flow<any>[], world: World) => readonly Flow<any>[] | Program<any>,
    lanes: LanesIn & { data: readonly string[] },
  ): MarbleRun
  run(
    what: Flow<any> | Program<any> | ((flows: any, world: World) => unknown),
    sink: SinkProbe<any> | RunOptions | LanesIn = {},
    options: RunOptions = {},
  ): Run | MarbleRun {
    if (typeof what === 'function') return this.#play(what, sink as LanesIn)
    const isProbed = sink instanceof SinkProbe
    const program = what instanceof Program ? what : new Program([(sink as SinkProbe<any>).node(what), ...what.sides])
    const rest = isProbed ? options : (sink as RunOptions)
    const run = program.run({ clock: this.clock, random: this.random, ...rest })
    run.done.catch(() => {})
    this.#runs.push(run)
    if (isProbed) sink.run = run
    return run
  }

  /** A promise of `value` in `ms` of the world's time: work that takes a while. */
  delay(ms: number): Promise<void>
  delay<T>(ms: number, value: T): Promise<T>
  delay(ms: number, value?: unknown): Promise<unknown> {
    return new Promise((resolve) => this.clock.after(ms, () => resolve(value)))
  }

  /** Lets `ms` pass; everything that falls due in between happens. */
  async advance(ms: number): Promise<void> {
    let isOver = false
    this.clock.after(ms, () => {
      isOver = true
    })
    await this.#expectations.until(`${ms} ms to pass`, () => isOver)
  }

  /** Who waits on whom in every run that is not over. */
  graph(): string {
    return this.#runs.map((run) => waitGraph(run.inspect())).join('\n')
  }

  /** Lives until `body` is over: promises first, then the next timer; a world that stands still fails at once. */
  async live<R>(body: (world: World) => Promise<R> | R, within: number): Promise<R> {
    let outcome: { ok: true; value: R } | { ok: false; error: unknown } | undefined
    Promise.resolve()
      .then(() => body(this))
      .then(
        (value) => (outcome = { ok: true, value }),
        (error: unknown) => (outcome = { ok: false, error }),
      )
    for (let idle = 0; outcome === undefined;) {
      await settled()
      if (outcome !== undefined) break
      if (this.#expectations.meet()) idle = 0
      else if (this.clock.now() > within) this.#stall(`the world has gone on for ${within} ms`)
      else if (this.clock.step()) idle = 0
      else if (++idle > IDLE_TURNS) this.#stall('nothing can happen any more')
    }
    await this.#end()
    if (!outcome.ok) throw outcome.error
    this.#checkProbes()
    return outcome.value
  }

  #kill(): void {
    for (const run of this.#runs) run.cancel('killed by chaos')
  }

  #play(op: (flows: any, world: World) => unknown, lanes: LanesIn): MarbleRun {
    const isMany = typeof lanes.data === 'object'
    const build = (flows: readonly Flow<any>[]): readonly Flow<any>[] | Program<any> => {
      const built = op(isMany ? flows : flows[0], this) as Flow<any> | readonly Flow<any>[] | Program<any>
      return built instanceof Program || Array.isArray(built) ? built : [built as Flow<any>]
    }
    return new MarbleRun(this, build, lanes)
  }

  #stall(why: string): void {
    const reports = this.#runs.flatMap((run) => stallReport(run.inspect()) ?? [])
    const sentences = reports.flatMap(({ sentences: all }) => all.slice(0, MAX_SENTENCES))
    const message = [why, ...sentences.map((sentence) => `  ${sentence}`), this.graph()].join('\n')
    const isDeadlock = reports.some(({ code }) => code === 'FOREBAY_DEADLOCK')
    const error = new ForebayError(isDeadlock ? 'FOREBAY_DEADLOCK' : 'FOREBAY_STALL', message)
    if (!this.#expectations.fail(error)) throw error
  }

  async #end(): Promise<void> {
    for (const run of this.#runs) run.cancel('the world has ended')
    await settled()
  }

  #checkProbes(): void {
    for (const { unseenErrors } of this.#sinks) {
      const [first] = unseenErrors
      if (first !== undefined) throw new ForebayError('FOREBAY_PROTOCOL', `a sink probe has seen: ${first.message}`)
    }
  }
}

/**
 * Runs a test in a world of its own: virtual time, seeded chance, probes. Promises settle first, then time
 * jumps to the next timer. When nothing can happen any more and the test is not over it fails at once, and
 * says who waits on whom: a test in a world cannot hang.
 *
 * @example
 * await world(1, async (w) => {
 *   const source = w.source<number>()
 *   const sink = w.sink<number>()
 *   w.run(source.flow.map((n) => n * 2), sink)
 *   sink.request(1)
 *   await source.expectDemand(1)
 *   source.send(21)
 *   await sink.expectNext(42)
 * })
 */
export async function world<R>(
  seed: number,
  body: (world: World) => Promise<R> | R,
  options: WorldOptions = {},
): Promise<R> {
  const made = new World(seed, options.chaos)
  const restore = options.patch === true ? patchGlobals(made.clock) : undefined
  try {
    return await made.live(body, options.within ?? 86_400_000)
  } finally {
    restore?.()
  }
}
