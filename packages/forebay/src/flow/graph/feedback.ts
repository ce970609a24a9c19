import { noRecord, settle, type Context } from '../../kernel/context.ts'
import { Edge } from '../../kernel/edge.ts'
import type { EdgeOptions } from '../../kernel/edge-options.ts'
import { ForebayError } from '../../kernel/errors.ts'
import type { Junction, Sink } from '../../kernel/plan.ts'
import { UNBOUNDED, type Port, type Pull, type Upstream } from '../../kernel/receiver.ts'
import type { RunEnvironment } from '../../kernel/run-environment.ts'
import { BLOCKED, STARVED, type StageAccount } from '../../kernel/stage-account.ts'
import { loseItem } from '../lose-item.ts'
import type { RingFeed, RunningRing } from './running-ring.ts'

/** What is known of a feedback before it runs. */
export interface FeedbackTraits {
  readonly edge: EdgeOptions
  readonly kickOff: readonly unknown[]
  /** What comes round is no part of the records that it was made of: their accounts end here. */
  readonly carriesState: boolean
}

/**
 * The connection that closes a ring, of one run. A plan has no cycles, so it is two nodes of it: a sink where the ring
 * ends, and a junction without inputs where it begins, with one edge between them.
 *
 *   ring ──▶ sink half ──▶ [ edge ] ──▶ junction half ──▶ ring
 *        ◀─── credit ────
 *
 * It has no records of its own: what it takes it hands on with the account that it came with.
 */
export class Feedback implements RingFeed {
  readonly edge: Edge
  readonly #env: RunEnvironment
  readonly #ring: RunningRing
  readonly #options: FeedbackTraits
  #end: FeedbackEnd | undefined
  #isBegun = false

  constructor(options: FeedbackTraits, ring: RunningRing, env: RunEnvironment) {
    this.edge = new Edge(options.edge, env)
    this.#options = options
    this.#ring = ring
    this.#env = env
    ring.addFeed(this)
  }

  /** The half where the ring begins. */
  begin(stage: StageAccount): Junction {
    const { edge } = this
    this.#claim(this.#isBegun)
    this.#isBegun = true
    edge.to = stage
    stage.refresh = () => {
      stage.in = stage.emitted = edge.pulled()
    }
    return {
      receiver: () => this.#noInput(),
      attach: () => {},
      pull: () => new FeedbackPull(edge, stage),
      open: () => {
        for (const value of this.#options.kickOff) edge.offer(value, this.#ring.enter(noRecord))
        edge.open()
      },
      stop: () => this.#ring.drain(),
    }
  }

  /** The half where it ends. */
  end(stage: StageAccount): Sink {
    this.#claim(this.#end !== undefined)
    return (this.#end = new FeedbackEnd(this.edge, this.#options, this.#ring, this.#env, stage))
  }

  complete(): void {
    this.edge.complete()
  }

  stop(reason: unknown): void {
    this.#end?.cancel(reason)
  }

  #claim(isTaken: boolean): void {
    if (!isTaken) return
    throw new ForebayError(
      'FOREBAY_UNSUPPORTED',
      `${this.edge.options.name}: a graph with a ring was used twice in one flow: build it twice`,
    )
  }

  #noInput(): never {
    throw new ForebayError('FOREBAY_PROTOCOL', `${this.edge.options.name} has no input in the plan`)
  }
}

/** The edge as the beginning of a segment, with the slot of its stage. */
class FeedbackPull implements Pull {
  readonly #edge: Edge
  readonly #stage: StageAccount

  constructor(edge: Edge, stage: StageAccount) {
    this.#edge = edge
    this.#stage = stage
  }

  bind(port: Port): void {
    this.#edge.bind(port)
  }

  run(port: Port): void {
    this.#edge.run(port)
    this.#stage.to(port.n > 0 ? STARVED : BLOCKED)
  }

  current(): Context | undefined {
    return this.#edge.current()
  }

  cancel(reason: unknown): void {
    this.#edge.cancel(reason)
  }

  pulled(): number {
    return this.#edge.pulled()
  }
}

/** The sink half: the producer of the edge, and no end of any item. */
class FeedbackEnd implements Sink, Upstream {
  readonly stage: StageAccount
  readonly result: Promise<unknown>
  readonly #edge: Edge
  readonly #carriesState: boolean
  readonly #ring: RunningRing
  readonly #env: RunEnvironment
  #resolve!: () => void
  #upstream: Upstream | undefined
  /** Credit that the ring holds. */
  #granted = 0

  constructor(edge: Edge, traits: FeedbackTraits, ring: RunningRing, env: RunEnvironment, stage: StageAccount) {
    this.#edge = edge
    this.#carriesState = traits.carriesState
    this.#ring = ring
    this.#env = env
    this.stage = stage
    this.result = new Promise((resolve) => {
      this.#resolve = () => resolve(undefined)
    })
    edge.attach(this)
  }

  attach(upstream: Upstream): void {
    this.#upstream = upstream
  }

  open(): void {}

  next(value: unknown, context: Context | undefined): void {
    const { stage } = this
    stage.in++
    if (--this.#granted <= 0) stage.to(BLOCKED)
    if (this.#ring.isOver) return loseItem(this.#env, stage, context, 'ring-over')
    if (this.#ring.isDraining) return settle(context, 'filtered')
    stage.emitted++
    if (this.#carriesState) settle(context, 'filtered')
    this.#edge.next(value, this.#ring.round(this.#carriesState ? noRecord : context))
  }

  /** The ring ends with its producer, after what is held. */
  complete(): void {
    this.#edge.complete()
    this.#resolve()
  }

  /** A failure goes round like an item: what it meets fails, and with it the ways out. */
  fail(error: unknown): void {
    this.#edge.fail(error)
    this.#resolve()
  }

  request(items: number): void {
    this.#granted = Math.min(UNBOUNDED, this.#granted + items)
    this.stage.to(STARVED)
    this.#upstream?.request(items)
  }

  takeReady(): undefined {}

  revoke(): number {
    const back = this.#upstream?.revoke() ?? 0
    this.#granted -= back
    return back
  }

  cancel(reason: unknown): void {
    this.#upstream?.cancel(reason)
    this.#resolve()
  }
}
