import { Chain } from './chain.ts'
import { settle, type Context } from './context.ts'
import { CreditCell } from './credit-cell.ts'
import type { Loop, Task } from './loop.ts'
import type { Control, Operator, OperatorLogic, Step } from './operator.ts'
import type { Port, Pull, Ready, Receiver, Upstream } from './receiver.ts'
import type { RunEnvironment } from './run-environment.ts'
import { BLOCKED, BUSY, STARVED, type StageAccount } from './stage-account.ts'

/** Items after which a segment is worth generating code for. */
const HOT = 8192
/** At most one item in so much time is handled with a clock around every operator, ms. */
const SAMPLE_EVERY_MS = 1

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
  readonly ready: Ready | undefined
  readonly #pull: Pull
  readonly #chain: Chain
  readonly #receiver: Receiver
  readonly #loop: Loop
  readonly #env: RunEnvironment
  readonly #ownsStage: boolean
  #busy = false
  /** Woken while it ran: data may have come behind the place it had read. */
  #again = false
  /** Nothing goes downstream any more. */
  #ended = false
  /** The pull is not to be run any more. */
  #dry = false
  #end: { from: number; failed: boolean; error: unknown } | undefined
  #cancelReason: { reason: unknown } | undefined
  #pulling: OperatorLogic<any> | undefined
  /** The pull has ended or has been cancelled: it is told nothing more. */
  #pullOver = false
  #heat = 0
  #sampledAt = 0

  constructor(options: {
    pull: Pull
    operators: readonly Operator[]
    receiver: Receiver
    env: RunEnvironment
    stage: StageAccount
    /** False for a segment without operators that only carries items to a stage of its own: it keeps no account. */
    ownsStage: boolean
  }) {
    super()
    const { env, operators, receiver } = options
    this.#pull = options.pull
    this.#receiver = receiver
    this.#loop = env.loop
    this.#env = env
    this.stage = options.stage
    this.#ownsStage = options.ownsStage
    this.ready = operators.length === 0 && !options.ownsStage ? options.pull.ready : undefined
    this.#chain = new Chain(
      operators,
      {
        step:
          receiver.tail?.(this) ??
          ((value, context) => {
            this.n--
            receiver.next(value, context)
          }),
        code: receiver.tailCode?.(this),
        hasCredit: () => this.n > 0,
        complete: () => this.#finished(undefined),
        fail: (error) => this.#finished({ error }),
      },
      (stateful) => this.#control(stateful),
    )
    this.step = this.#chain.entry
    this.#pull.bind?.(this)
    if (!this.#ownsStage) return
    this.stage.operators = [...this.stage.operators, ...operators.map(({ name }) => ({ name, ms: 0 }))]
    this.stage.refresh = () => this.#account()
  }

  request(items: number): void {
    if (this.#ended) return
    this.grant(items)
    if (!this.#busy) this.#loop.schedule(this)
  }

  takeReady(): boolean {
    const { ready } = this
    if (ready === undefined || this.#busy || this.#ended || this.n > 0) return false
    if (!this.#loop.spend() || !ready.takeReady()) return false
    this.passed()
    return true
  }

  blockedMs(): number | undefined {
    return this.#ownsStage ? undefined : this.#pull.blockedMs?.()
  }

  cancel(reason: unknown): void {
    if (this.#ended) return
    this.#close(reason)
    if (this.#busy) this.#cancelReason = { reason }
    else this.#stopPull(reason)
  }

  wake(): void {
    if (this.#ended) return
    if (this.#busy) this.#again = true
    else this.#loop.schedule(this)
  }

  left(): number {
    return this.#loop.left > 0 ? this.#loop.left : 1
  }

  tick(items: number): boolean {
    const loop = this.#loop
    this.#heat += items
    if (this.#heat > HOT) this.#compile()
    this.topUp()
    if ((loop.left -= items) > 0 || loop.check()) {
      if (this.#ownsStage) this.#sample()
      return true
    }
    if (!this.#ended) loop.schedule(this)
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
    if (this.#ownsStage) {
      this.stage.to(BUSY)
      this.#sample()
    }
    try {
      this.#advance()
    } catch (error) {
      this.#caught(error)
    }
    this.#busy = false
    if (this.#again && !this.#ended) this.#loop.schedule(this)
    this.#again = false
    if (this.#cancelReason !== undefined) this.#stopPull(this.#cancelReason.reason)
    if (this.#ownsStage) this.stage.to(this.n > 0 || this.#ended ? STARVED : BLOCKED)
  }

  #advance(): void {
    this.topUp()
    if (this.#chain.pullers.length > 0) this.#pullOperators()
    if (!this.#dry && this.n > 0) this.#pull.run(this)
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
    if (this.#ownsStage) this.stage.failed++
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
    this.#close(failure?.error)
    this.#cancelReason ??= { reason: failure?.error }
    if (failure === undefined) this.#receiver.complete()
    else this.#receiver.fail(failure.error)
    if (!this.#busy && this.#cancelReason !== undefined) this.#stopPull(this.#cancelReason.reason)
  }

  #close(reason: unknown): void {
    this.#ended = true
    this.unpark()
    this.revoke()
    for (const logic of this.#chain.logics) logic.close?.(reason)
    if (this.#ownsStage && !this.#busy) this.stage.to(STARVED)
  }

  #stopPull(reason: unknown): void {
    this.#cancelReason = undefined
    this.#dry = true
    if (this.#pullOver) return
    this.#pullOver = true
    this.#pull.cancel(reason)
  }

  #compile(): void {
    this.#heat = -Infinity
    if (!this.#env.codegen) return
    this.#chain.compile()
    this.step = this.#chain.entry
  }

  /** Lets the next item be timed operator by operator. */
  #sample(): void {
    const { meter, accounting, clock } = this.#env
    const operators = this.stage.operators
    if (meter.t - this.#sampledAt < SAMPLE_EVERY_MS || !accounting || operators.length < 2) return
    this.#sampledAt = meter.t
    this.step = this.#chain.sample(
      () => clock.now(),
      operators,
      () => {
        this.step = this.#chain.entry
      },
    )
  }

  #account(): void {
    const { stage } = this
    stage.in = this.#pull.pulled()
    stage.emitted = this.spent()
    stage.inFlight = this.#chain.held() + (this.#busy && stage.in > 0 ? 1 : 0)
  }

  #control(stateful: number): Control {
    const { clock, random, signal } = this.#env
    return {
      clock,
      random,
      signal,
      wake: () => this.wake(),
      finish: () => this.#finish(stateful + 1),
      discard: (context, reason) => this.#discard(context, reason),
    }
  }

  #discard(context: Context | undefined, reason: string): void {
    this.stage.discard(reason)
    this.#env.totals.discarded(context, reason)
    settle(context, 'dropped', reason)
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
