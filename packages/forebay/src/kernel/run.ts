import { systemClock, type Clock } from './clock.ts'
import type { DurableEdge, DurableStore } from './durable.ts'
import { ForebayError } from './errors.ts'
import { estimateBytes } from './estimate-bytes.ts'
import type { Bytes } from './bytes.ts'
import { checkNumber } from './check.ts'
import { milliseconds, type Duration } from './duration.ts'
import type { Gate } from './gate.ts'
import type { Graph } from './graph.ts'
import { inspectRun } from './inspect.ts'
import { needsLineage } from './lineage.ts'
import { Loop } from './loop.ts'
import { materialize } from './materialize.ts'
import { MemoryBudget } from './memory-budget.ts'
import { Meter } from './meter.ts'
import { nodesOf, type DurableNode, type Plan } from './plan.ts'
import { systemRandom, type Random } from './random.ts'
import type { RunEnvironment } from './run-environment.ts'
import type { MemoryShare } from './run-memory.ts'
import { RunParts } from './run-parts.ts'
import { isSharedFailure } from './shared-failure.ts'
import type { Snapshot } from './snapshot.ts'
import { StageAccount } from './stage-account.ts'
import { Totals } from './totals.ts'
import { verdict, type Verdict } from './verdict/verdict.ts'

/** What a run is given from outside. Everything has a default. */
export interface RunOptions {
  /**
   * Bytes that all edges may hold together, or a share of what several runs may, see `memoryBudget`; default: no common
   * bound, each edge has its own.
   */
  readonly memory?: Bytes | MemoryShare
  readonly signal?: AbortSignal
  /** Where durable edges live. Needed when the flow has one. */
  readonly store?: DurableStore
  readonly clock?: Clock
  readonly random?: Random
  /** Takes the items that a stage gives up with `onError: 'dead-letter'`, where they did not come from a durable edge. */
  readonly deadLetter?: (value: unknown, error: unknown, stage: string) => void
  /**
   * Whether hot segments may generate code; default true, and it stops by itself where a policy forbids it.
   * A number: the items after which a segment is hot, default 131072. Runs over the same functions get hot
   * together, and find each other's code.
   */
  readonly codegen?: boolean | number
  /** Whether time is accounted for; default true. Counters are always on. */
  readonly accounting?: boolean
  readonly sizeOf?: (value: unknown) => number
}

/** A flow that runs. */
export interface Run<R = unknown> {
  readonly id: string
  readonly name: string
  /** Resolves with the sink's result; rejects with what failed the flow, or `FOREBAY_CANCELLED`. */
  readonly done: Promise<R>
  inspect(): Snapshot
  /** Why the flow is as fast as it is, since the last call or the start. */
  why(): Verdict
  /**
   * Ends the sources and lets everything flow out. It is over after `within` at the latest: in the last quarter of that
   * time durable edges keep what they hold, so that what is being worked on can end, and what has not ended then is
   * cancelled. Of that, a durable edge takes back what came from it; where there is none, it is lost and counted.
   */
  drain(options?: { within?: Duration }): Promise<void>
  cancel(reason?: unknown): void
}

let runs = 0

/** Starts a plan. Everything that can be refused is refused here, before anything runs. */
export function run<R>(plan: Plan, options: RunOptions = {}): Run<R> {
  return new Running(plan, options) as unknown as Run<R>
}

class Running {
  readonly id: string
  readonly name: string
  readonly done: Promise<unknown>
  #state: Snapshot['state'] = 'running'
  #graph: Graph | undefined
  #before: Snapshot
  #settle!: { resolve: (value: unknown) => void; reject: (error: unknown) => void }
  #drainTimer: (() => void) | undefined
  #ending = false
  readonly #env: RunEnvironment
  readonly #parts: RunParts
  readonly #gates = new Map<Gate, string>()
  readonly #abort = new AbortController()
  readonly #stores = new Map<DurableNode, DurableEdge>()
  readonly #simple: boolean
  readonly #outer: AbortSignal | undefined
  readonly #onAbort = (): void => this.cancel(this.#outer?.reason)

  constructor(plan: Plan, options: RunOptions) {
    const clock = options.clock ?? systemClock
    const random = options.random ?? systemRandom
    this.id = runId(clock, random)
    this.#parts = new RunParts(this.id)
    this.name = plan.name
    const lineage = needsLineage(plan)
    this.#simple = lineage === 'single'
    this.#env = this.#environment(options, clock, random, new Totals(lineage === 'leases'))
    this.done = new Promise((resolve, reject) => {
      this.#settle = { resolve, reject }
    })
    this.#outer = options.signal
    if (this.#outer?.aborted === true) this.#env.clock.yield(this.#onAbort)
    else this.#outer?.addEventListener('abort', this.#onAbort, { once: true })
    const durable = nodesOf(plan).filter((node) => node.type === 'durable')
    if (durable.length === 0) this.#start(plan)
    else if (options.store === undefined) {
      const names = durable.map(({ name }) => name).join(', ')
      throw new ForebayError('FOREBAY_NO_STORE', `durable edges (${names}) need run({ store })`)
    } else void this.#openStores(plan, durable, options.store)
    this.#before = this.inspect()
  }

  inspect(): Snapshot {
    return inspectRun({
      env: this.#env,
      flow: this.name,
      state: this.#state,
      stages: this.#parts.stages,
      edges: this.#parts.edges,
      gates: this.#gates,
      graph: this.#graph,
      simple: this.#simple,
    })
  }

  why(): Verdict {
    const after = this.inspect()
    const result = verdict(this.#before, after)
    if (after.at - this.#before.at > 1000) this.#before = after
    return result
  }

  async drain(options: { within?: Duration } = {}): Promise<void> {
    const within = options.within === undefined ? undefined : milliseconds('within', options.within)
    if (this.#state === 'running') {
      this.#state = 'draining'
      this.#graph?.stopSources()
      if (within !== undefined) this.#drainWithin(within)
    }
    await this.done.then(nothing, nothing)
  }

  cancel(reason?: unknown): void {
    if (this.#state !== 'running' && this.#state !== 'draining') return
    this.done.catch(nothing) // whoever cancels knows; a failure that nobody asked for stays unhandled
    this.#end(
      'cancelled',
      new ForebayError('FOREBAY_CANCELLED', `${this.name} was cancelled`, { cause: reason }),
      reason,
    )
  }

  #environment(options: RunOptions, clock: Clock, random: Random, totals: Totals): RunEnvironment {
    const meter = new Meter(clock)
    const { accounting = true, memory } = options
    return {
      run: this.id,
      clock,
      random,
      loop: new Loop(clock),
      meter,
      accounting,
      hotAfter: hotAfter(options.codegen ?? true),
      signal: this.#abort.signal,
      totals,
      memory: typeof memory === 'object' ? memory.join({ id: this.id, clock }) : new MemoryBudget(memory),
      sizeOf: options.sizeOf ?? estimateBytes,
      store: options.store,
      deadLetter: options.deadLetter,
      stage: ({ name, kind, slots = 1, sync = false, site }) => {
        const stage = this.#parts.stage(
          (id) => new StageAccount({ id, name, kind, slots, sync, meter: accounting ? meter : undefined }),
        )
        stage.site = site
        return stage
      },
      edge: (edge) => this.#parts.edge(edge),
      inspect: () => this.inspect(),
      scope: (build) => this.#parts.scope(build),
      gate: (gate) => {
        const known = this.#gates.get(gate)
        if (known !== undefined) return known
        const id = `${this.id}:g${this.#gates.size}`
        this.#gates.set(gate, id)
        return id
      },
      fail: (error) => this.#end('failed', error, error),
    }
  }

  async #openStores(plan: Plan, nodes: readonly DurableNode[], store: DurableStore): Promise<void> {
    try {
      for (const node of nodes) this.#stores.set(node, await store.openEdge(node.name, node.options, node.codec))
      if (this.#state === 'cancelled') await this.#closeStores()
      else this.#start(plan)
    } catch (error) {
      this.#end('failed', error, error)
    }
  }

  #start(plan: Plan): void {
    const graph = materialize(plan, this.#env, this.#stores)
    this.#graph = graph
    if (this.#state === 'draining') graph.stopSources()
    const results = graph.sinks.map(({ sink }) => sink.result)
    Promise.all(results).then(
      (all) => this.#end('done', (plan.result ?? onlyOrAll)(all), undefined),
      (error: unknown) => this.#fail(graph, results, error),
    )
    this.#env.memory.open?.()
    graph.open()
    this.#env.loop.start()
  }

  /** A sink has failed. Where the others fail with it, they first get what was on its way to them. */
  #fail(graph: Graph, results: readonly Promise<unknown>[], error: unknown): void {
    const end = (): void => this.#end('failed', error, error)
    if (!isSharedFailure(graph, this.inspect().edges, error)) return end()
    graph.close(error)
    const told = results.map((result) => result.catch((other: unknown) => other === error || Promise.reject(other)))
    Promise.all(told).then(end, end)
  }

  #drainWithin(within: number): void {
    const { clock } = this.#env
    const lastMs = within / 4
    this.#drainTimer = clock.after(within - lastMs, () => {
      for (const durable of this.#graph?.durables ?? []) durable.giveUp()
      this.#drainTimer = clock.after(lastMs, () => {
        const error = new ForebayError('FOREBAY_DRAIN_TIMEOUT', `${this.name} did not drain within ${within} ms`)
        this.#end('cancelled', error, error)
      })
    })
  }

  #end(state: 'done' | 'failed' | 'cancelled', outcome: unknown, reason: unknown): void {
    if (this.#ending) return
    this.#ending = true
    this.#drainTimer?.()
    this.#outer?.removeEventListener('abort', this.#onAbort)
    if (state !== 'done') {
      this.#abort.abort(reason)
      this.#graph?.cancel(reason)
    }
    this.#env.memory.close?.()
    const finish = (): void => {
      this.#state = state
      if (state === 'done') this.#settle.resolve(outcome)
      else this.#settle.reject(outcome)
    }
    if (this.#stores.size === 0) return finish()
    this.#closeStores().then(finish, (error: unknown) => {
      this.#state = 'failed'
      this.#settle.reject(error)
    })
  }

  async #closeStores(): Promise<void> {
    for (const edge of this.#stores.values()) await edge.close()
  }
}

/**
 * Items after which a segment is worth generating code for: generating and above all optimising it costs as
 * much time as handling about so many items without.
 */
const HOT = 2 ** 17

function hotAfter(codegen: boolean | number): number {
  if (typeof codegen === 'boolean') return codegen ? HOT : Infinity
  return checkNumber('codegen', codegen, 0, Infinity)
}

const nothing = (): void => {}

const onlyOrAll = (results: readonly unknown[]): unknown => (results.length === 1 ? results[0] : results)

/** Unique across processes: start time, a counter, and chance. */
function runId(clock: Clock, random: Random): string {
  const chance = Math.floor(random.next() * 36 ** 4)
  return `${clock.wall().toString(36)}${(runs++).toString(36)}${chance.toString(36).padStart(4, '0')}`
}
