import { checkFunction } from '../../kernel/check.ts'
import { joinContexts, type Context } from '../../kernel/context.ts'
import type { Port } from '../../kernel/receiver.ts'
import type { RunEnvironment } from '../../kernel/run-environment.ts'
import type { StageAccount } from '../../kernel/stage-account.ts'
import type { Flow } from '../flow.ts'
import { fanIn } from '../junction.ts'
import { FanIn } from '../junctions/fan-in.ts'
import type { Lane } from '../junctions/lane.ts'

/** The items of flows, one of each. */
export type ItemsOf<F extends readonly Flow<any>[]> = { [K in keyof F]: F[K] extends Flow<infer T> ? T : never }

/**
 * What `fn` makes of the first items of all flows, of the second ones, and so on; see `flow.zip` for the items
 * themselves. No input runs ahead of the slowest.
 *
 * Emits: when every input has an item. Backpressures: each input when one of its items waits. Completes: when an input
 * has and none of its items is left. Cancels: when downstream cancels; the other inputs when one has ended. Loses: items
 * without a partner at the end, counted as `unpaired`.
 */
export function zipWith<const F extends readonly Flow<any>[], R>(flows: F, fn: (...items: ItemsOf<F>) => R): Flow<R> {
  checkFunction('zipWith', fn)
  return fanIn<R>(
    'zipWith',
    flows,
    { cardinality: 'join', bound: flows.length, loses: 'items without a partner at the end' },
    (env, stage) => new ZipWith(flows.length, fn as (...items: any[]) => unknown, env, stage),
  )
}

/**
 * The first items of all flows, the second ones, and so on, until all have ended; an input that has ended gives `pad`.
 *
 * Emits: when every input has an item or has completed. Backpressures: each input when one of its items waits.
 * Completes: when all inputs have. Cancels: when downstream cancels; the other inputs when one fails. Loses: nothing; when
 * an input fails, items without a partner count as `unpaired`.
 */
export function zipAll<T, P>(flows: readonly Flow<T>[], pad: P): Flow<(T | P)[]> {
  return fanIn<(T | P)[]>(
    'zipAll',
    flows,
    { cardinality: 'join', bound: flows.length },
    (env, stage) => new ZipAll(flows.length, pad, env, stage),
  )
}

/** Takes one item from each lane that has one. */
abstract class Step extends FanIn {
  constructor(inputs: number, env: RunEnvironment, stage: StageAccount) {
    super(inputs, 1, env, stage)
  }

  protected abstract isReady(): boolean
  protected abstract combine(items: unknown[]): unknown
  protected abstract readonly pad: unknown

  protected hand(port: Port): void {
    while (port.n > 0 && this.isReady()) {
      const holders = this.lanes.filter((lane) => lane.length > 0)
      const value = this.combine(this.lanes.map((lane) => (lane.length > 0 ? lane.head : this.pad)))
      const contexts: (Context | undefined)[] = []
      for (const lane of holders) {
        lane.take()
        contexts.push(lane.context)
      }
      const goesOn = this.emit(port, value, joinContexts(contexts))
      for (const lane of holders) lane.grant()
      if (!goesOn) return
    }
  }
}

class ZipWith extends Step {
  protected readonly pad = undefined
  readonly #fn: (...items: unknown[]) => unknown

  constructor(inputs: number, fn: (...items: unknown[]) => unknown, env: RunEnvironment, stage: StageAccount) {
    super(inputs, env, stage)
    this.#fn = fn
  }

  protected isReady(): boolean {
    return this.lanes.every((lane) => lane.length > 0)
  }

  protected combine(items: unknown[]): unknown {
    return this.#fn(...items)
  }

  /** The first input that is over and empty ends it: its partner will never come. */
  protected override isDry(): boolean {
    return this.lanes.some((lane) => lane.isOver)
  }
}

class ZipAll extends Step {
  protected readonly pad: unknown
  #hasFailed = false

  constructor(inputs: number, pad: unknown, env: RunEnvironment, stage: StageAccount) {
    super(inputs, env, stage)
    this.pad = pad
  }

  /** Nothing stands in for what a flow that failed would have had. */
  protected isReady(): boolean {
    if (this.#hasFailed) return this.lanes.every((lane) => lane.length > 0)
    return this.lanes.some((lane) => lane.length > 0) && this.lanes.every((lane) => lane.length > 0 || lane.isOver)
  }

  protected override endInputs(lane: Lane): void {
    this.#hasFailed = true
    super.endInputs(lane)
  }

  protected override isDry(): boolean {
    return this.#hasFailed ? this.lanes.some((lane) => lane.isOver) : super.isDry()
  }

  protected combine(items: unknown[]): unknown {
    return items
  }
}
