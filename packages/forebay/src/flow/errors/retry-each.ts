import { checkFunction, checkInteger, checkOneOf } from '../../kernel/check.ts'
import type { Context } from '../../kernel/context.ts'
import type { Graft } from '../../kernel/plan.ts'
import type { RunEnvironment } from '../../kernel/run-environment.ts'
import type { StageAccount } from '../../kernel/stage-account.ts'
import { innerNode, type InnerFlow } from '../flatten/inner-flow.ts'
import { InnerFlows } from '../flatten/inner-flows.ts'
import type { Flow } from '../flow.ts'
import { junction } from '../junction.ts'
import { flow } from '../sources.ts'
import { AttemptLease } from './attempt-lease.ts'
import { Backoff, backoffPlan, type BackoffOptions, type BackoffPlan } from './backoff.ts'

/** A timer may ring a fraction of a millisecond early; that counts as on time. */
const EARLY_MS = 0.5

/** How {@link retryEach} tries again. */
export interface RetryEachOptions extends Omit<BackoffOptions, 'within'> {
  /** Tries after the first one; default 2. */
  max?: number
  /** Whether an error is worth another try; default: not when it says `retryable: false`. */
  when?: (error: unknown, item: any) => boolean
  /** Items that are tried at once; default 1, which keeps the order and lets nothing pass an item that waits. */
  breadth?: number
  /** What the last error of an item does: `stop` (default) fails the flow, `resume` goes on without the item. */
  onError?: 'stop' | 'resume'
  name?: string
}

/**
 * What `piece` makes of each item, alone: when it fails for an item it is tried again, anew, after a wait that grows.
 * For calls, `mapAsync({ retry })` does the same and costs less; this is for pieces of several stages. Results of one
 * item follow each other; with a `breadth` items overtake one another, also while one waits for its next try. What a try
 * has handed on before it failed stays, so that it may come twice. The lease, the level and the deadline of an item are
 * those of all its tries; only the last one decides how its account ends.
 *
 * Emits: when a try has an item. Backpressures: when downstream does, and when `breadth` items are tried or wait.
 * Completes: when upstream has and no item is left. Cancels: when downstream cancels, or an item has failed for good;
 * the other tries get the reason. Loses: with `onError: 'resume'` the item that has failed for good, counted as failed;
 * else that item, and those that are tried beside it.
 *
 * @example
 * flow(orders).via(retryEach((one) => one.mapAsync(reserve).mapAsync(charge), { max: 3, backoff: '1s' }))
 */
export function retryEach<T, U>(
  piece: (flow: Flow<T>) => Flow<U>,
  options: RetryEachOptions = {},
): (flow: Flow<T>) => Flow<U> {
  checkFunction('retryEach', piece)
  const { max = 2, when = isRetryable, breadth = 1, onError = 'stop', name = 'retryEach' } = options
  checkInteger('breadth', breadth, 1, 65_536)
  checkOneOf('onError', onError, ['stop', 'resume'])
  const plan: Plan = {
    piece,
    backoff: backoffPlan({ ...options, max: checkInteger('max', max, 0, 65_536) }),
    when: checkFunction('when', when),
    breadth,
    resumes: onError === 'resume',
  }
  const loses = plan.resumes ? { loses: 'items that have failed for good' } : {}
  return junction<T, U>(
    'retryEach',
    { cardinality: 'many', bound: breadth, slots: breadth, name, ...loses },
    (env, stage, graft) => new RetryEach(plan, graft, env, stage),
  )
}

interface Plan {
  readonly piece: (flow: Flow<any>) => Flow<any>
  readonly backoff: BackoffPlan
  readonly when: (error: unknown, item: unknown) => boolean
  readonly breadth: number
  readonly resumes: boolean
}

/** An item that is tried, or waits for that until `dueAt`. */
interface Tried {
  readonly value: unknown
  readonly context: Context | undefined
  backoff: Backoff | undefined
  lease: AttemptLease | undefined
  dueAt: number
}

/**
 * next ─▶ tried ─▶ its flow ─▶ out
 *           ▲         │ fails
 *           └ waiting ◀
 *
 * Invariant: tried + waiting ≤ breadth.
 */
class RetryEach extends InnerFlows {
  readonly #plan: Plan
  /** Items that are tried, by the context of the try. */
  readonly #tried = new Map<Context | undefined, Tried>()
  readonly #waiting = new Set<Tried>()

  constructor(plan: Plan, graft: Graft, env: RunEnvironment, stage: StageAccount) {
    super({ ahead: 1, exact: false, graft }, env, stage)
    this.#plan = plan
  }

  protected take(value: unknown, context: Context | undefined): void {
    this.#try({ value, context, backoff: undefined, lease: undefined, dueAt: 0 })
  }

  protected room(): number {
    return this.hasCredit() ? this.#plan.breadth - this.inners.size - this.#waiting.size : 0
  }

  protected override held(): number {
    return super.held() + this.#waiting.size
  }

  protected override isDry(): boolean {
    return super.isDry() && this.#waiting.size === 0
  }

  /** Items that came before a failure above are tried to their end. */
  protected override flush(): void {}

  /** Whether the failure of a try is one of the flow is known when what it had handed over is out. */
  protected override failBehind(): void {}

  protected override innerOver(inner: InnerFlow): void {
    const { outer, cutBy, end } = inner
    const item = this.#tried.get(outer) as Tried
    this.#tried.delete(outer)
    if (cutBy !== undefined || end?.failed !== true) item.lease?.last()
    else this.#hasFailed(item, end.error)
  }

  protected override rang(): void {
    const now = this.env.clock.now()
    for (const item of this.#waiting) {
      if (item.dueAt - now > EARLY_MS) continue
      this.#waiting.delete(item)
      try {
        this.#try(item)
      } catch (error) {
        this.#giveUp(item, error)
      }
    }
    this.#wait()
  }

  protected override abandon(reason: 'cancelled' | 'failed', cause: unknown): void {
    super.abandon(reason, cause)
    this.#loseWaiting(reason)
  }

  #try(item: Tried): void {
    const { context } = item
    const node = innerNode(this.stage.name, this.#plan.piece(flow([item.value])))
    item.backoff?.began()
    item.lease = context?.lease === undefined ? undefined : new AttemptLease(context.lease)
    const tried: Context = { ...context, ...(item.lease !== undefined && { lease: item.lease }) }
    // It may be over before `start` returns.
    this.#tried.set(tried, item)
    try {
      this.start(node, tried)
    } catch (error) {
      this.#tried.delete(tried)
      throw error
    }
  }

  #hasFailed(item: Tried, error: unknown): void {
    let wait: number | undefined
    let told = error
    try {
      item.backoff ??= new Backoff(this.#plan.backoff, this.env)
      if (!this.isOver && this.#plan.when(error, item.value)) wait = item.backoff.next()
    } catch (second) {
      told = second
    }
    // The failure of a try is none of the item.
    this.stage.failed--
    item.lease?.again()
    if (wait === undefined) return this.#giveUp(item, told)
    this.stage.retried++
    item.dueAt = this.env.clock.now() + wait
    this.#waiting.add(item)
    this.#wait()
  }

  #giveUp({ context }: Tried, error: unknown): void {
    if (this.#plan.resumes) return this.lose(context, 'error', 'failed')
    this.stage.failed++
    context?.lease?.settle('failed', error)
    super.failBehind(error)
    for (const inner of this.inners) this.cut(inner, 'failed', error, false)
    this.#loseWaiting('failed')
  }

  #loseWaiting(reason: string): void {
    for (const { context } of this.#waiting) this.lose(context, reason, 'returned')
    this.#waiting.clear()
    this.clearAlarm()
  }

  #wait(): void {
    let dueAt = Infinity
    for (const item of this.#waiting) dueAt = Math.min(dueAt, item.dueAt)
    if (dueAt !== Infinity) this.setAlarm(Math.max(0, dueAt - this.env.clock.now()))
  }
}

function isRetryable(error: unknown): boolean {
  return typeof error !== 'object' || error === null || (error as { retryable?: unknown }).retryable !== false
}
