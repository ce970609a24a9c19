import { Chain } from './chain.ts'
import { CreditCell } from './credit-cell.ts'
import { fillReceiver } from './fill-receiver.ts'
import type { Loop, Task } from './loop.ts'
import { controlOf } from './control.ts'
import type { OperatorLogic, Step } from './operator.ts'
import { spending, type Port, type Pull, type Ready, type Receiver, type Taken, type Upstream } from './receiver.ts'
import type { RunEnvironment } from './run-environment.ts'
import { Sampler } from './sampler.ts'
import type { SegmentOptions } from './segment-options.ts'
import { BLOCKED, BUSY, STARVED, type StageAccount } from './stage-account.ts'

/**
 * Adjacent synchronous operators as one unit: the pull they start from, one fused step, one credit cell.
 *
 *   pull ──▶ step (operators) ──▶ tail: n--, receiver.next          request(k): n += k
 *
 * Invariants: the tail runs only while n > 0; granted = emitted + returned + n. Nothing here recurses:
 * `request` and `wake` only schedule, the loop calls `go`.
 */
export class Segment extends CreditCell implements Task, Port, Upstream {
  step: Step
  queued = false
  readonly stage: StageAccount
  /** For a mere passage: the buffer that it may take from, until it has ended. */
  #ready: Ready | undefined
  readonly #pull: Pull
  readonly #chain: Chain
  readonly #receiver: Receiver
  readonly #loop: Loop
  readonly #env: RunEnvironment
  readonly #ownsStage: boolean
  #busy = false
  /** Nothing goes downstream any more. */
  #ended = false
  /** Its receiver has been told the end. */
  hasTold = false
  /** What it has told its receiver that it failed with. */
  failure: { readonly error: unknown } | undefined
  /** The pull is not to be run any more. */
  #dry = false
  #end: { from: number; failed: boolean; error: unknown } | undefined
  #cancelReason: { reason: unknown } | undefined
  #closing: { reason: unknown } | undefined
  #pulling: OperatorLogic<any> | undefined
  /** The pull has ended or has been cancelled: it is told nothing more. */
  #pullOver = false
  /** Something happened while it was running that it has to look at once more. */
  #again = false
  readonly #sampler: Sampler | undefined

  constructor(options: SegmentOptions) {
    super()
    const { env, operators, receiver, records } = options
    this.#pull = options.pull
    this.#receiver = receiver
    this.#loop = env.loop
    this.#env = env
    this.stage = options.stage
    this.#ownsStage = options.ownsStage
    this.#ready = operators.length === 0 && !options.ownsStage ? options.pull.ready : undefined
    this.#chain = new Chain(
      operators,
      {
        step: receiver.tail?.(this) ?? spending(this, receiver),
        code: receiver.tailCode?.(this),
        hasCredit: () => this.n > 0,
        complete: () => this.#finished(undefined),
        fail: (error) => this.#finished({ error }),
      },
      (stateful) => controlOf(env, this, () => this.#finish(stateful + 1)),
      records?.enter,
    )
    this.step = this.#chain.entry
    if (env.hotAfter === 0) this.#heat(0)
    if (records?.isShared === true && operators.length === 0) fillReceiver(this, this.#pull, receiver, records)
    this.#pull.bind?.(this)
    if (!this.#ownsStage) return
    if (env.accounting) this.#sampler = new Sampler(this.#chain, this.stage, env)
    this.stage.add(operators)
    this.stage.refresh = () => this.#account()
  }

  request(items: number): void {
    if (this.#ended) return
    this.grant(items)
    if (!this.#busy) this.#loop.schedule(this)
  }

  takeReady(): Taken | undefined {
    const ready = this.#ready
    if (ready === undefined || this.n > 0 || !this.#loop.spend() || !ready.takeReady()) return undefined
    this.passed()
    return ready
  }

  blockedMs(): number | undefined {
    return this.#ownsStage ? undefined : this.#pull.blockedMs?.()
  }

  /** Nothing more is handed on: it has ended, or was cancelled. */
  get isOver(): boolean {
    return this.#ended
  }

  /** Ends the source as if its data had ended there. */
  stop(): void {
    if (this.#pullOver || this.#ended) return
    if (this.#pull.stop === undefined) this.#finish(0)
    else this.#pull.stop()
  }

  cancel(reason: unknown): void {
    if (this.#ended) return
    this.#close(reason)
    if (this.#busy) this.#cancelReason = { reason }
    else this.#stopPull(reason)
  }

  wake(): void {
    if (this.#ended) return
    this.#again = true
    if (!this.#busy) this.#loop.schedule(this)
  }

  get isTiming(): boolean {
    return this.step !== this.#chain.entry
  }

  wakeSoon(): void {
    if (this.#ended) return
    this.#again = true
    if (!this.#busy) this.#loop.scheduleSoon(this)
  }

  left(): number {
    return this.#loop.left > 0 && !this.isTiming ? this.#loop.left : 1
  }

  tick(items: number): boolean {
    const loop = this.#loop
    if (!this.#chain.isHot) this.#heat(items)
    this.topUp()
    if ((loop.left -= items) > 0 || loop.check()) {
      this.#sampler?.sample(this)
      return true
    }
    if (this.#ended) return false
    this.#again = true
    loop.schedule(this)
    return false
  }

  done(): void {
    this.#endInput({ from: 0, failed: false, error: undefined })
  }

  failed(error: unknown): void {
    this.#endInput({ from: 0, failed: true, error })
  }

  go(): void {
    if (this.#busy || this.#ended) return
    this.#busy = true
    if (!this.#ownsStage || !this.#env.accounting) this.#env.meter.now() // what is below counts on a look at the clock
    if (this.#ownsStage) {
      this.stage.to(BUSY)
      this.#sampler?.sample(this)
    }
    try {
      this.#advance()
    } catch (error) {
      this.#caught(error)
    }
    this.#busy = false
    if (this.#closing !== undefined) this.#closeOperators(this.#closing.reason)
    if (this.#cancelReason !== undefined) this.#stopPull(this.#cancelReason.reason)
    else if (this.#again && !this.#ended) this.#loop.schedule(this)
    if (this.#ownsStage) this.stage.to(this.n > 0 || this.#ended ? STARVED : BLOCKED)
  }

  #advance(): void {
    this.topUp()
    if (this.#chain.pullers.length > 0) this.#pullOperators()
    const wasWoken = this.#again
    this.#again = false
    // Even without credit a pull that has called may have an end to tell.
    if (!this.#dry && (this.n > 0 || wasWoken)) this.#pull.run(this)
    if (this.#end !== undefined) this.#handleEnd()
  }

  #handleEnd(): void {
    while (this.#end !== undefined && !this.#ended) {
      const { from, failed, error } = this.#end
      this.#end = undefined
      if (this.isParked) {
        this.unpark()
        this.#stopPull(undefined)
      }
      if (failed) this.#chain.fail(error)
      else this.#chain.complete(from)
    }
    // What the end has set free below may have brought credit for an operator that still holds something.
    if (this.#chain.pullers.length > 0 && this.n > 0) this.#again = true
  }

  #pullOperators(): void {
    for (const logic of this.#chain.pullers) {
      if (this.n <= 0 || this.#ended) break
      this.#pulling = logic
      logic.pull?.()
    }
    this.#pulling = undefined
  }

  #endInput(end: { from: number; failed: boolean; error: unknown }): void {
    if (this.#pullOver) return
    this.#pullOver = true
    if (this.#dry || this.#ended) return
    this.#dry = true
    this.#end = end
    this.wake()
  }

  #caught(error: unknown): void {
    const pulling = this.#pulling
    this.#pulling = undefined
    if (this.#chain.blame(error, pulling, this.#pull) && this.#ownsStage) this.stage.failed++
    this.unpark()
    this.#dry = true
    this.#cancelReason ??= { reason: error }
    this.#end = undefined
    if (this.#ended) return
    try {
      this.#chain.thrown(error, pulling)
    } catch (second) {
      if (!this.#ended) this.#finished({ error: second })
    }
  }

  /** The tail has been reached by the end. */
  #finished(failure: { error: unknown } | undefined): void {
    if (this.#ended) return
    this.hasTold = true
    this.failure = failure
    this.#close(failure?.error)
    this.#cancelReason ??= { reason: failure?.error }
    if (failure === undefined) this.#receiver.complete()
    else this.#receiver.fail(failure.error)
    if (!this.#busy && this.#cancelReason !== undefined) this.#stopPull(this.#cancelReason.reason)
  }

  #close(reason: unknown): void {
    this.#ended = true
    this.#ready = undefined
    this.unpark()
    this.revoke()
    if (this.#busy) this.#closing ??= { reason }
    else this.#closeOperators(reason)
    if (this.#ownsStage && !this.#busy) this.stage.to(STARVED)
  }

  /** Never while one of them is on the stack: what it is handing on is either done or has thrown by now. */
  #closeOperators(reason: unknown): void {
    this.#closing = undefined
    this.#chain.close(reason, this.#env)
  }

  #stopPull(reason: unknown): void {
    this.#cancelReason = undefined
    this.#dry = true
    if (this.#pullOver) return
    this.#pullOver = true
    this.#pull.cancel(reason)
  }

  #heat(items: number): void {
    this.#chain.heat(items, this.#env.hotAfter, this.#pull, this)
  }

  #account(): void {
    const { stage } = this
    stage.in = this.#pull.pulled()
    stage.emitted = this.spent()
    stage.inFlight = this.#chain.held() + (this.#busy && stage.in > 0 ? 1 : 0)
  }

  /** An operator wants no more: the source loop is stopped by taking its credit aside. */
  #finish(from: number): void {
    if (this.#dry && this.isParked) return
    this.#dry = true
    this.#end = { from, failed: false, error: undefined }
    this.park()
    this.wake()
  }
}
