import { checkFunction, checkInteger } from '../../kernel/check.ts'
import { joinContexts, type Context } from '../../kernel/context.ts'
import type { Junction, JunctionNode, PlanNode } from '../../kernel/plan.ts'
import type { Port, Pull, Receiver, Upstream } from '../../kernel/receiver.ts'
import type { RunEnvironment } from '../../kernel/run-environment.ts'
import { BLOCKED, STARVED, type StageAccount } from '../../kernel/stage-account.ts'
import type { Flow } from '../flow.ts'
import { loseItem } from '../lose-item.ts'

/** How items that nobody wants yet become one. */
export interface ConflateOptions<T, S> {
  /** The state that the first item begins with. */
  seed: (item: T) => S
  /** Adds an item to the state; an error fails the flow. */
  fold: (state: S, item: T) => S
  /** Items in one state; then upstream waits. */
  max: number
  name?: string
}

/**
 * Items pass one by one as long as downstream wants them; while it does not, they are folded into one state, which
 * goes out with the next demand. For sums, counts and latest values: nothing is dropped, and upstream is held back
 * only at `max`.
 *
 * Emits: when downstream wants an item and there is a state. Backpressures: when a state holds `max` items.
 * Completes: when upstream has and the state is out. Cancels: when downstream cancels. Loses: nothing; the state that
 * is held then is returned.
 */
export function conflate<T, S>(options: ConflateOptions<T, S>): (flow: Flow<T>) => Flow<S> {
  const { seed, fold, max, name = 'conflate' } = options
  checkFunction('seed', seed)
  checkFunction('fold', fold)
  checkInteger('max', max, 1, 65_536)
  const node = (input: PlanNode): JunctionNode => ({
    type: 'junction',
    kind: 'conflate',
    name,
    inputs: [input],
    bound: max,
    cardinality: 'join',
    slots: 1,
    sync: true,
    create: (env, stage) => new Conflate(seed, fold, max, env, stage),
  })
  return (flow) => flow.through<S>(node)
}

/** Invariant: folded + granted ≤ max. */
class Conflate<T, S> implements Junction, Receiver<T>, Pull {
  readonly #seed: (item: T) => S
  readonly #fold: (state: S, item: T) => S
  readonly #max: number
  readonly #env: RunEnvironment
  readonly #stage: StageAccount
  #state: { value: S } | undefined
  #folded = 0
  /** Of the items in the state; bounded like them. */
  #contexts: (Context | undefined)[] = []
  #granted = 0
  #emitted = 0
  #handed: Context | undefined
  #end: { failed: boolean; error: unknown } | undefined
  #isOver = false
  #upstream: Upstream | undefined
  #port: Port | undefined

  constructor(
    seed: (item: T) => S,
    fold: (state: S, item: T) => S,
    max: number,
    env: RunEnvironment,
    stage: StageAccount,
  ) {
    this.#seed = seed
    this.#fold = fold
    this.#max = max
    this.#env = env
    this.#stage = stage
    stage.refresh = () => {
      stage.inFlight = this.#folded
      stage.emitted = this.#emitted
    }
  }

  receiver(): Receiver {
    return this
  }

  attach(_input: number, upstream: Upstream): void {
    this.#upstream = upstream
  }

  pull(): Pull {
    return this
  }

  bind(port: Port): void {
    this.#port = port
  }

  open(): void {
    this.#grant()
  }

  next(item: T, context: Context | undefined): void {
    this.#granted--
    this.#stage.in++
    try {
      this.#state = { value: this.#state === undefined ? this.#seed(item) : this.#fold(this.#state.value, item) }
    } catch (error) {
      this.#stage.failed++
      context?.lease?.settle('failed', error)
      this.#upstream?.cancel(error)
      return this.fail(error)
    }
    this.#folded++
    if (context !== undefined) this.#contexts.push(context)
    const port = this.#port as Port
    if (port.n <= 0) return this.#stage.to(BLOCKED)
    // Downstream wants this state as it is: what else was granted comes after it.
    if (this.#granted > 0) this.#granted -= this.#upstream?.revoke() ?? 0
    port.wake()
  }

  complete(): void {
    this.#endWith({ failed: false, error: undefined })
  }

  fail(error: unknown): void {
    this.#endWith({ failed: true, error })
  }

  run(port: Port): void {
    const state = this.#state
    if (state !== undefined && port.n > 0) {
      this.#handed = this.#contexts.length === 0 ? undefined : joinContexts(this.#contexts)
      this.#clear()
      this.#emitted++
      this.#stage.to(STARVED)
      port.step(state.value, this.#handed)
      port.tick(1)
    }
    if (this.#end !== undefined && this.#state === undefined) this.#finish()
    else this.#grant()
  }

  current(): Context | undefined {
    return this.#handed
  }

  cancel(reason: unknown): void {
    if (this.#isOver) return
    this.#isOver = true
    if (this.#end === undefined) this.#upstream?.cancel(reason)
    const contexts = this.#contexts
    const folded = this.#folded
    this.#clear()
    for (let i = 0; i < folded; i++) loseItem(this.#env, this.#stage, contexts[i], 'cancelled', 'returned')
  }

  pulled(): number {
    return this.#emitted
  }

  #clear(): void {
    this.#state = undefined
    this.#folded = 0
    this.#contexts = []
  }

  /** One item while downstream wants one, so that it passes alone; else as many as the state may take. */
  #grant(): void {
    if (this.#end !== undefined || this.#isOver) return
    const target = this.#port !== undefined && this.#port.n > 0 ? 1 : this.#max - this.#folded
    if (this.#granted > target) this.#granted -= this.#upstream?.revoke() ?? 0
    const missing = target - this.#granted
    if (missing <= 0) return
    this.#granted += missing
    this.#upstream?.request(missing)
  }

  #endWith(end: { failed: boolean; error: unknown }): void {
    this.#end ??= end
    if (this.#state === undefined) this.#finish()
  }

  #finish(): void {
    if (this.#isOver || this.#end === undefined) return
    this.#isOver = true
    if (this.#end.failed) this.#port?.failed(this.#end.error)
    else this.#port?.done()
  }
}
