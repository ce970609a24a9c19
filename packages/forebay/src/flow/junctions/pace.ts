import { checkFunction, show } from '../../kernel/check.ts'
import { settle, type Context } from '../../kernel/context.ts'
import { isForebayError } from '../../kernel/errors.ts'
import type { Ask, Gate, GateInspection, Permit } from '../../kernel/gate.ts'
import type { JunctionNode, PlanNode } from '../../kernel/plan.ts'
import type { Port } from '../../kernel/receiver.ts'
import type { RunEnvironment } from '../../kernel/run-environment.ts'
import type { Shed } from '../../kernel/shed.ts'
import { GATED, type StageAccount } from '../../kernel/stage-account.ts'
import { isThenable } from '../../kernel/is-thenable.ts'
import { Passage } from './passage.ts'

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
        'it belongs into mapAsync({ gate })',
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

/** Whether a gate only spaces work in time, so that its permits need not be held. */
export function isPace({ kind, parts }: GateInspection): boolean {
  return kind === 'rate' || (kind === 'composite' && parts !== undefined && parts.length > 0 && parts.every(isPace))
}

/** Holds one item until the gate lets it pass. The next one is asked for when downstream wants it. */
class Pace<T> extends Passage<T, T> {
  readonly #gate: Gate
  readonly #options: ThroughOptions<T>
  readonly #abort = new AbortController()
  #item: { readonly value: T; readonly context: Context | undefined; permit: Permit | undefined } | undefined

  constructor(gate: Gate, options: ThroughOptions<T>, env: RunEnvironment, stage: StageAccount) {
    super(env, stage)
    this.#gate = gate
    this.#options = options
    stage.gates.push(env.gate(gate))
  }

  protected take(value: T, context: Context | undefined): void {
    const ask = this.#ask(value, context)
    this.#item = { value, context, permit: undefined }
    this.#acquire(ask)
  }

  protected hand(port: Port): void {
    const { value, context, permit } = this.#item as { value: T; context: Context | undefined; permit: Permit }
    this.#item = undefined
    permit.release('ok')
    this.emit(port, value, context)
  }

  protected override isReady(): boolean {
    return this.#item?.permit !== undefined
  }

  protected held(): number {
    return this.#item === undefined ? 0 : 1
  }

  protected room(): number {
    return this.#item === undefined && this.hasCredit() ? 1 : 0
  }

  protected override account(): void {
    if (this.#item !== undefined && this.#item.permit === undefined) this.stage.to(GATED)
    else super.account()
  }

  /** It is time to ask a gate again whose line was full. */
  protected override rang(): void {
    if (this.#item !== undefined) this.#acquire(this.#ask(this.#item.value, this.#item.context))
  }

  protected abandon(reason: string, cause: unknown): void {
    this.#abort.abort(cause)
    const item = this.#item
    this.#item = undefined
    if (item === undefined) return
    item.permit?.settle(0)
    item.permit?.release('ignore')
    this.lose(item.context, reason, 'returned')
  }

  #acquire(ask: Ask): void {
    let permit: Permit | Promise<Permit>
    try {
      permit = this.#gate.acquire(ask)
    } catch (error) {
      return this.#refused(error)
    }
    if (!isThenable(permit)) return this.#admitted(permit)
    permit.then(
      (later) => {
        this.#admitted(later as Permit)
        this.changed()
      },
      (error: unknown) => {
        this.#refused(error)
        this.changed()
      },
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

  #admitted(permit: Permit): void {
    if (this.#item !== undefined) {
      this.#item.permit = permit
      return
    }
    permit.settle(0)
    permit.release('ignore')
  }

  /** A full line is a reason to ask again later, not to lose the item. */
  #refused(error: unknown): void {
    if (this.#item === undefined) return
    if (isForebayError(error, 'FOREBAY_SHED') && error.retryable) {
      this.setAlarm(Math.max(1, (error as Shed).retryAfterMs))
      return
    }
    const { context } = this.#item
    this.#item = undefined
    this.stage.failed++
    settle(context, 'failed', error)
    this.endInput({ error })
  }
}
