import type { Context } from '../../kernel/context.ts'
import type { Junction } from '../../kernel/plan.ts'
import type { Port, Pull, Receiver, Upstream } from '../../kernel/receiver.ts'
import type { RunEnvironment } from '../../kernel/run-environment.ts'
import { BLOCKED, type StageAccount } from '../../kernel/stage-account.ts'
import { Lane, type LaneHost } from './lane.ts'

/** What all junctions with several inputs and one output share: a lane per input, one end, one account. */
export abstract class FanIn implements Junction, Pull, LaneHost {
  readonly env: RunEnvironment
  readonly stage: StageAccount
  protected readonly lanes: Lane[]
  protected emitted = 0
  /** The context handed on last. */
  protected handed: Context | undefined
  #port: Port | undefined
  #failure: { error: unknown } | undefined
  #over = false

  constructor(inputs: number, bound: number, env: RunEnvironment, stage: StageAccount) {
    this.env = env
    this.stage = stage
    this.lanes = Array.from({ length: inputs }, () => new Lane(this, bound))
    stage.refresh = () => {
      stage.inFlight = this.lanes.reduce((sum, lane) => sum + lane.length, 0)
      stage.emitted = this.emitted
    }
  }

  abstract open(): void
  abstract run(port: Port): void

  /** Whether the end of this lane ends all inputs; what they hold still flows out. */
  protected abstract endsAll(lane: Lane): boolean

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
    if (this.#over) return
    this.#over = true
    for (const lane of this.lanes) {
      lane.cancel(reason)
      lane.discard('cancelled')
    }
  }

  pulled(): number {
    return this.emitted
  }

  current(): Context | undefined {
    return this.handed
  }

  /** Hands on what a lane holds, as far as downstream wants it; false when the turn is over. */
  protected pass(lane: Lane, port: Port): boolean {
    let left = port.left()
    let start = left
    while (lane.length > 0 && port.n > 0) {
      lane.take()
      this.emitted++
      this.handed = lane.context
      port.step(lane.taken, lane.context)
      if (--left > 0) continue
      if (!port.tick(start)) return false
      left = start = port.left()
    }
    return left === start || port.tick(start - left)
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
}
