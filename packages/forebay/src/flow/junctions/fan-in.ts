import type { Context } from '../../kernel/context.ts'
import type { Junction } from '../../kernel/plan.ts'
import type { Port, Pull, PullCode, Receiver, Upstream } from '../../kernel/receiver.ts'
import type { RingBuffer } from '../../kernel/ring-buffer.ts'
import type { RunEnvironment } from '../../kernel/run-environment.ts'
import { BLOCKED, STARVED, type StageAccount } from '../../kernel/stage-account.ts'
import { Lane, type LaneHost } from './lane.ts'

/**
 * What to extend for a junction with several inputs and one output: it says from which lane the next item is taken.
 *
 *   next ─▶ lanes[0] [ ≤ bound ] ─┐
 *   next ─▶ lanes[1] [ ≤ bound ] ─┴▶ hand(port) ─▶ pass(lane), or lane.take() and emit(item)
 *
 * `hand` is called whenever a lane has changed or downstream wants more, and grants the lanes what it wants to see
 * next (`lane.grant`). The end and the failures of inputs come after what they held; an error thrown in `hand` fails
 * the flow at once.
 */
export abstract class FanIn implements Junction, Pull, LaneHost {
  readonly env: RunEnvironment
  readonly stage: StageAccount
  protected readonly lanes: Lane[]
  /** Items handed on. */
  at = 0
  generated: ((left: number) => void) | undefined
  readonly code: PullCode = {
    more: 'pull.ring.length>0',
    item: 'pull.ring.shift()',
    context: 'pull.handed',
  }
  /** What generated code takes its items from. */
  ring: RingBuffer<unknown> | undefined
  /** The context handed on last. */
  handed: Context | undefined
  #port: Port | undefined
  #failure: { error: unknown } | undefined
  #over = false
  #isHanding = false

  constructor(inputs: number, bound: number, env: RunEnvironment, stage: StageAccount) {
    this.env = env
    this.stage = stage
    this.lanes = Array.from({ length: inputs }, () => new Lane(this, bound))
    stage.refresh = () => {
      stage.inFlight = this.lanes.reduce((sum, lane) => sum + lane.length, this.held())
      stage.emitted = this.at
    }
  }

  /** Hands on what it has, as far as downstream wants it, and grants the lanes what comes next. */
  protected abstract hand(port: Port): void

  /** Whether the end of this lane ends all inputs, while what they hold still flows out; default: when it has failed. */
  protected endsAll({ end }: Lane): boolean {
    return end?.failed === true
  }

  /** Items it holds outside of its lanes; default none. */
  protected held(): number {
    return 0
  }

  /** It was cancelled, or has failed: loses what it holds outside of its lanes; default nothing. */
  protected abandon(_reason: 'cancelled' | 'failed'): void {}

  /** Whether nothing more can come out. */
  protected isDry(): boolean {
    return this.lanes.every((lane) => lane.isOver)
  }

  /** No more input; `lane` says how it ended. */
  protected endInputs({ end }: Lane): void {
    if (end?.failed === true) this.#failure ??= { error: end.error }
    for (const lane of this.lanes) lane.cancel(end?.error)
  }

  receiver(input: number): Receiver {
    return this.lanes[input] as Lane
  }

  attach(input: number, upstream: Upstream): void {
    ;(this.lanes[input] as Lane).attach(upstream)
  }

  pull(): Pull {
    return this
  }

  /** Default: every lane may fill up. */
  open(): void {
    for (const lane of this.lanes) lane.grant()
  }

  run(port: Port): void {
    this.stage.to(STARVED)
    try {
      this.hand(port)
    } catch (error) {
      // What is thrown below has its item ended by the segment.
      if (this.#isHanding) throw error
      if (this.#giveUp('failed', error)) port.failed(error)
      return
    }
    this.settle(port)
  }

  bind(port: Port): void {
    this.#port = port
  }

  laneChanged(lane: Lane): void {
    if (this.#over) return
    if (lane.end !== undefined && this.endsAll(lane)) this.endInputs(lane)
    const port = this.#port as Port
    if (port.n > 0) port.wake()
    else this.settle(port)
  }

  cancel(reason: unknown): void {
    this.#giveUp('cancelled', reason)
  }

  pulled(): number {
    return this.at
  }

  current(): Context | undefined {
    return this.handed
  }

  /** Hands one item on, while `port.n > 0`; true when one more may follow at once. */
  protected emit(port: Port, value: unknown, context: Context | undefined): boolean {
    this.at++
    this.handed = context
    this.#isHanding = true
    port.step(value, context)
    this.#isHanding = false
    return port.tick(1) && port.n > 0
  }

  /** Hands on what a lane holds, as far as downstream wants it; false when the turn is over. */
  protected pass(lane: Lane, port: Port): boolean {
    let goesOn = true
    while (goesOn && lane.length > 0 && port.n > 0) {
      const passed = this.passRing(lane.hold.plain(), lane.context, port)
      if (passed > 0) goesOn = port.tick(passed)
      else {
        lane.take()
        goesOn = this.emit(port, lane.taken, lane.context)
      }
    }
    return goesOn
  }

  /** Hands on what `ring` holds, items of one context, in generated code if there is any; returns how many. */
  protected passRing(ring: RingBuffer<unknown> | undefined, context: Context | undefined, port: Port): number {
    if (ring === undefined || this.generated === undefined || port.isTiming) return 0
    const before = this.at
    this.ring = ring
    this.handed = context
    this.#isHanding = true
    this.generated(port.left())
    this.#isHanding = false
    return this.at - before
  }

  /** After a turn: ends if everything is over, with or without demand; else notes whether downstream wants more. */
  protected settle(port: Port): void {
    if (port.n <= 0) this.stage.to(BLOCKED)
    if (this.#over || !this.isDry()) return
    this.#over = true
    for (const lane of this.lanes) {
      lane.cancel(undefined)
      lane.discard('unpaired')
    }
    if (this.#failure === undefined) port.done()
    else port.failed(this.#failure.error)
  }

  /** False when it was over. */
  #giveUp(reason: 'cancelled' | 'failed', cause: unknown): boolean {
    if (this.#over) return false
    this.#over = true
    for (const lane of this.lanes) {
      lane.cancel(cause)
      lane.discard(reason)
    }
    this.abandon(reason)
    return true
  }
}
