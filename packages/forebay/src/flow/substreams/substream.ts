import type { Context } from '../../kernel/context.ts'
import { ForebayError } from '../../kernel/errors.ts'
import { OrderedHold } from '../../kernel/hold.ts'
import type { Junction, JunctionNode } from '../../kernel/plan.ts'
import type { Port, Pull } from '../../kernel/receiver.ts'
import type { RunEnvironment } from '../../kernel/run-environment.ts'
import { BLOCKED, STARVED, type StageAccount } from '../../kernel/stage-account.ts'
import { Flow } from '../flow.ts'
import { loseItem } from '../lose-item.ts'

/** The junction that feeds a substream. */
export interface SubstreamHost {
  readonly env: RunEnvironment
  readonly stage: StageAccount
  /** It was full and is not any more, has become empty, or wants more than before. */
  substreamChanged(substream: Substream): void
  /** Nobody reads it any more. */
  substreamClosed(substream: Substream): void
}

/**
 * A part of a flow as a flow of its own: what its junction has put into it, and is not read yet.
 *
 * Invariant: length ≤ bound. It ends exactly once: told its end, or cancelled by its reader.
 */
export class Substream implements Junction, Pull {
  readonly name: string
  readonly bound: number
  /** Somebody reads it. */
  isOpen = true
  readonly #host: SubstreamHost
  readonly #closedReason: string
  readonly #hold: OrderedHold
  #stage: StageAccount | undefined
  #port: Port | undefined
  #end: { readonly failure: { readonly error: unknown } | undefined } | undefined
  #emitted = 0
  #handed: Context | undefined

  /** What is put into it, or still in it, when its reader has had enough is lost with `closedReason`. */
  constructor(name: string, bound: number, closedReason: string, host: SubstreamHost) {
    this.name = name
    this.bound = bound
    this.#closedReason = closedReason
    this.#host = host
    this.#hold = new OrderedHold(bound)
  }

  /** For one use, in the run that it belongs to. */
  get flow(): Flow<any> {
    const node: JunctionNode = {
      type: 'junction',
      kind: 'substream',
      name: this.name,
      inputs: [],
      bound: this.bound,
      cardinality: 'one',
      slots: 1,
      sync: true,
      create: (env, stage) => this.#open(env, stage),
    }
    return new Flow(node, [])
  }

  get length(): number {
    return this.#hold.length
  }

  get isFull(): boolean {
    return this.#hold.length >= this.bound
  }

  /** Items that its reader wants and that are not held. */
  get demand(): number {
    return this.#port === undefined ? 0 : Math.min(this.#port.n, this.bound) - this.#hold.length
  }

  /** A flow was made of it. */
  get isUsed(): boolean {
    return this.#stage !== undefined
  }

  put(value: unknown, context: Context | undefined): void {
    if (!this.isOpen) return loseItem(this.#host.env, this.#host.stage, context, this.#closedReason)
    const stage = this.#stage as StageAccount
    stage.in++
    this.#hold.put(value, context, 0)
    const port = this.#port as Port
    if (port.n > 0) port.wake()
    else stage.to(BLOCKED)
  }

  /** Nothing more comes; what it holds is still read. */
  end(failure: { readonly error: unknown } | undefined): void {
    if (this.#end !== undefined) return
    this.#end = { failure }
    this.#tellEnd()
  }

  run(port: Port): void {
    const hold = this.#hold
    let left = port.left()
    let start = left
    while (hold.length > 0 && port.n > 0) {
      hold.take()
      this.#emitted++
      this.#handed = hold.context
      port.step(hold.taken, hold.context)
      if (--left > 0) continue
      const goesOn = port.tick(start)
      left = start = goesOn ? port.left() : 0
      if (!goesOn) break
    }
    if (left !== start) port.tick(start - left)
    this.#stage?.to(port.n > 0 ? STARVED : BLOCKED)
    this.#tellEnd()
    if (this.isOpen) this.#host.substreamChanged(this)
  }

  cancel(_reason: unknown): void {
    if (!this.isOpen) return
    this.isOpen = false
    const { env, stage } = this.#host
    const isRunOver = env.signal.aborted
    while (this.#hold.length > 0) {
      this.#hold.take()
      loseItem(
        env,
        this.#stage ?? stage,
        this.#hold.context,
        isRunOver ? 'cancelled' : this.#closedReason,
        isRunOver ? 'returned' : 'dropped',
      )
    }
    this.#host.substreamClosed(this)
  }

  pull(): Pull {
    return this
  }

  bind(port: Port): void {
    this.#port = port
  }

  pulled(): number {
    return this.#emitted
  }

  current(): Context | undefined {
    return this.#handed
  }

  open(): void {}

  attach(): void {}

  receiver(): never {
    throw new ForebayError('FOREBAY_PROTOCOL', `${this.name}: it has no input`)
  }

  #open(env: RunEnvironment, stage: StageAccount): Junction {
    if (this.isUsed || env !== this.#host.env || !this.isOpen) {
      throw new ForebayError(
        'FOREBAY_UNSUPPORTED',
        `${this.name}: used twice, or outside of its flow: broadcast it instead`,
      )
    }
    this.#stage = stage
    stage.host = this.#host.stage
    stage.refresh = () => {
      stage.inFlight = this.#hold.length
      stage.emitted = this.#emitted
    }
    return this
  }

  #tellEnd(): void {
    if (this.#end === undefined || this.#hold.length > 0 || !this.isOpen) return
    this.isOpen = false
    const { failure } = this.#end
    if (failure === undefined) this.#port?.done()
    else this.#port?.failed(failure.error)
    this.#host.substreamClosed(this)
  }
}
