import { checkFunction, show } from '../../kernel/check.ts'
import type { Context } from '../../kernel/context.ts'
import { isForebayError } from '../../kernel/errors.ts'
import type { Ask, Gate, GateInspection, Permit } from '../../kernel/gate.ts'
import type { Junction, JunctionNode, PlanNode } from '../../kernel/plan.ts'
import type { Port, Pull, Receiver, Upstream } from '../../kernel/receiver.ts'
import type { RunEnvironment } from '../../kernel/run-environment.ts'
import type { Shed } from '../../kernel/shed.ts'
import { BLOCKED, GATED, STARVED, type StageAccount } from '../../kernel/stage-account.ts'
import { isThenable } from '../is-thenable.ts'
import { loseItem } from '../lose-item.ts'

/** What an item asks the gate for on its way through. */
export interface ThroughOptions<T> {
  /** Default 1. */
  cost?: (item: T) => number
  /** Whose item it is, for gates that are fair between keys. */
  key?: (item: T) => string
  name?: string
}

/** The plan of a pace; see `Flow.through`. */
export function paceNode<T>(input: PlanNode, gate: Gate, options: ThroughOptions<T>): JunctionNode {
  if (!isPace(gate.inspect())) {
    throw new TypeError(
      `through: expected a gate that only spaces work in time (a rate), got ${gate.inspect().kind} ${show(gate.name)}: ` +
        'its permits end with the work, so it belongs into mapAsync({ gate })',
    )
  }
  if (options.cost !== undefined) checkFunction('cost', options.cost)
  if (options.key !== undefined) checkFunction('key', options.key)
  return {
    type: 'junction',
    kind: 'pace',
    name: options.name ?? gate.name,
    inputs: [input],
    bound: 1,
    cardinality: 'one',
    slots: 1,
    sync: false,
    create: (env, stage) => new Pace(gate, options, env, stage),
  }
}

function isPace({ kind, parts }: GateInspection): boolean {
  return kind === 'rate' || (kind === 'composite' && parts !== undefined && parts.length > 0 && parts.every(isPace))
}

/** Holds one item until the gate lets it pass. The next one is asked for when downstream wants it. */
class Pace<T> implements Junction, Receiver<T>, Pull {
  readonly #gate: Gate
  readonly #options: ThroughOptions<T>
  readonly #env: RunEnvironment
  readonly #stage: StageAccount
  readonly #abort = new AbortController()
  #item: { readonly value: T; readonly context: Context | undefined; permit: Permit | undefined } | undefined
  #isAsked = false
  #emitted = 0
  /** The context handed on last. */
  #handed: Context | undefined
  #end: { failed: boolean; error: unknown } | undefined
  #over = false
  #stopRetry: (() => void) | undefined
  #upstream: Upstream | undefined
  #port: Port | undefined

  constructor(gate: Gate, options: ThroughOptions<T>, env: RunEnvironment, stage: StageAccount) {
    this.#gate = gate
    this.#options = options
    this.#env = env
    this.#stage = stage
    stage.gates.push(env.gate(gate))
    stage.refresh = () => {
      stage.inFlight = this.#item === undefined ? 0 : 1
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

  open(): void {}

  next(value: T, context: Context | undefined): void {
    this.#isAsked = false
    this.#stage.in++
    this.#item = { value, context, permit: undefined }
    this.#acquire()
  }

  complete(): void {
    this.#endWith({ failed: false, error: undefined })
  }

  fail(error: unknown): void {
    this.#endWith({ failed: true, error })
  }

  run(port: Port): void {
    const item = this.#item
    if (item?.permit !== undefined && port.n > 0) {
      this.#item = undefined
      this.#emitted++
      item.permit.release('ok')
      this.#handed = item.context
      this.#stage.to(STARVED)
      port.step(item.value, item.context)
      port.tick(1)
    }
    if (this.#item !== undefined) return
    if (this.#end !== undefined) this.#finish(port, this.#end)
    else if (port.n <= 0) this.#stage.to(BLOCKED)
    else if (!this.#isAsked) {
      this.#isAsked = true
      this.#stage.to(STARVED)
      this.#upstream?.request(1)
    }
  }

  cancel(reason: unknown): void {
    if (this.#over) return
    this.#over = true
    if (this.#end === undefined) this.#upstream?.cancel(reason)
    this.#giveUp(reason)
  }

  pulled(): number {
    return this.#emitted
  }

  current(): Context | undefined {
    return this.#handed
  }

  #acquire(): void {
    const item = this.#item
    if (item === undefined) return
    let permit: Permit | Promise<Permit>
    try {
      permit = this.#gate.acquire(this.#ask(item.value, item.context))
    } catch (error) {
      return this.#refused(error)
    }
    if (!isThenable(permit)) return this.#granted(permit)
    this.#stage.to(GATED)
    permit.then(
      (later) => this.#granted(later as Permit),
      (error: unknown) => this.#refused(error),
    )
  }

  #ask(value: T, context: Context | undefined): Ask {
    const { cost, key } = this.#options
    return {
      cost: cost?.(value) ?? 1,
      hold: Infinity,
      signal: this.#abort.signal,
      ...(key !== undefined && { key: key(value) }),
      ...(context?.level !== undefined && { level: context.level }),
    }
  }

  #granted(permit: Permit): void {
    if (this.#over || this.#item === undefined) {
      permit.settle(0)
      permit.release('ignore')
      return
    }
    this.#item.permit = permit
    const port = this.#port as Port
    if (port.n > 0) port.wake()
    else this.#stage.to(BLOCKED)
  }

  /** A full line is a reason to ask again later, not to lose the item. */
  #refused(error: unknown): void {
    if (this.#over) return
    if (isForebayError(error, 'FOREBAY_SHED') && error.retryable) {
      this.#stage.to(GATED)
      const wait = Math.max(1, (error as Shed).retryAfterMs)
      this.#stopRetry = this.#env.clock.after(wait, () => this.#acquire())
      return
    }
    this.#stage.failed++
    this.#item?.context?.lease?.settle('failed', error)
    this.#item = undefined
    if (this.#end === undefined) this.#upstream?.cancel(error)
    this.#end = { failed: true, error }
    this.#finish(this.#port as Port, this.#end)
  }

  #giveUp(reason: unknown): void {
    this.#abort.abort(reason)
    this.#stopRetry?.()
    const item = this.#item
    this.#item = undefined
    if (item === undefined) return
    item.permit?.settle(0)
    item.permit?.release('ignore')
    loseItem(this.#env, this.#stage, item.context, 'cancelled', 'returned')
  }

  #endWith(end: { failed: boolean; error: unknown }): void {
    this.#end ??= end
    if (this.#item === undefined) this.#finish(this.#port as Port, this.#end)
  }

  #finish(port: Port, { failed, error }: { failed: boolean; error: unknown }): void {
    if (this.#over) return
    this.#over = true
    if (failed) port.failed(error)
    else port.done()
  }
}
