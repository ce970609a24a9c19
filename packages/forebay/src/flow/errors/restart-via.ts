import { checkFunction } from '../../kernel/check.ts'
import type { Context } from '../../kernel/context.ts'
import type { Graft } from '../../kernel/plan.ts'
import type { Port } from '../../kernel/receiver.ts'
import type { RunEnvironment } from '../../kernel/run-environment.ts'
import type { StageAccount } from '../../kernel/stage-account.ts'
import { innerNode, type InnerFlow } from '../flatten/inner-flow.ts'
import { InnerFlows } from '../flatten/inner-flows.ts'
import type { Flow } from '../flow.ts'
import { junction } from '../junction.ts'
import { Substream, type SubstreamHost } from '../substreams/substream.ts'
import { Backoff, backoffPlan, type BackoffOptions, type BackoffPlan } from './backoff.ts'

/** Items that a piece may be ahead, within what it has asked for. */
const SLICE = 64

/** When a piece begins anew, and after how long. */
export interface RestartViaOptions extends BackoffOptions {
  /** Whether a failure is worth another try; default: every one is. */
  when?: (error: unknown) => boolean
  name?: string
}

/**
 * The items through `piece`, which begins anew after a wait when it fails: for a connection that items pass through.
 * Items that are in it then are lost; those that come later wait above. A failure from above is none of the piece and
 * fails the flow. To try each item again see `retryEach`, to open a source anew `restart`; a sink that is to begin anew
 * is a piece in front of `ignoreSink`.
 *
 * Emits: when the piece does. Backpressures: when the piece does, and during a wait. Completes: when the piece does, or
 * when upstream has during a wait. Cancels: when downstream cancels, when the piece has completed, or at a failure that
 * is one too many or not worth another try. Loses: items that are in the piece when it fails, counted as `failed` or
 * `restarted`.
 *
 * @example
 * flow(events).via(restartVia((items) => items.via(socket('wss://…')), { backoff: '1s', max: 10, within: '1h' }))
 */
export function restartVia<T, U>(
  piece: (flow: Flow<T>) => Flow<U>,
  options: RestartViaOptions = {},
): (flow: Flow<T>) => Flow<U> {
  checkFunction('restartVia', piece)
  const { when = always, name = 'restartVia' } = options
  const plan: Plan = { piece, backoff: backoffPlan(options), when: checkFunction('when', when) }
  return junction<T, U>(
    'restartVia',
    { cardinality: 'many', bound: 2 * SLICE, name, loses: 'items that are in a piece that fails', catches: true },
    (env, stage, graft) => new RestartVia(plan, graft, env, stage),
  )
}

interface Plan {
  readonly piece: (flow: Flow<any>) => Flow<any>
  readonly backoff: BackoffPlan
  readonly when: (error: unknown) => boolean
}

/** `idle`: the piece is to begin when downstream wants something; `waiting`: later; `running`. */
class RestartVia extends InnerFlows implements SubstreamHost {
  readonly #plan: Plan
  readonly #backoff: Backoff
  #state: 'idle' | 'waiting' | 'running' = 'idle'
  #input: Substream | undefined

  constructor(plan: Plan, graft: Graft, env: RunEnvironment, stage: StageAccount) {
    super({ ahead: SLICE, exact: true, graft }, env, stage)
    this.#plan = plan
    this.#backoff = new Backoff(plan.backoff, env)
  }

  protected take(value: unknown, context: Context | undefined): void {
    // It may have failed while the item was on its way.
    if (this.#input === undefined) this.lose(context, 'restarted')
    else this.#input.put(value, context)
  }

  protected room(): number {
    return this.#input?.isOpen === true ? this.#input.demand : 0
  }

  protected override isReady(): boolean {
    return super.isReady() || this.#mayBegin()
  }

  protected override hand(port: Port): void {
    if (this.#mayBegin()) this.#begin()
    super.hand(port)
  }

  protected override isDry(): boolean {
    return super.isDry() && (this.#state !== 'idle' || this.end !== undefined)
  }

  /** The piece learns how its input ended, and ends by itself. */
  protected override flush(): void {
    this.clearAlarm()
    this.#input?.end(this.end?.failed === true ? { error: this.end.error } : undefined)
  }

  protected override rang(): void {
    this.#state = 'idle'
  }

  protected override failBehind(error: unknown): void {
    const wait = this.end === undefined && this.#plan.when(error) ? this.#backoff.next() : undefined
    if (wait === undefined) return super.failBehind(error)
    this.#input = undefined
    this.#state = 'waiting'
    this.stage.retried++
    this.setAlarm(wait)
  }

  protected override innerOver(inner: InnerFlow): void {
    if (inner.end?.failed !== true) this.endInput()
  }

  substreamChanged(): void {
    this.changed()
  }

  substreamClosed(): void {
    this.changed()
  }

  #mayBegin(): boolean {
    return this.#state === 'idle' && this.end === undefined
  }

  #begin(): void {
    this.#backoff.began()
    const input = new Substream(`${this.stage.name} input`, SLICE, 'restarted', this)
    this.#input = input
    this.#state = 'running'
    this.start(innerNode(this.stage.name, this.#plan.piece(input.flow)), undefined)
    if (!input.isUsed) input.cancel(undefined)
  }
}

const always = (): boolean => true
