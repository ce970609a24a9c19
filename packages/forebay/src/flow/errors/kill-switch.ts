import { ForebayError } from '../../kernel/errors.ts'
import type { Port } from '../../kernel/receiver.ts'
import type { RunEnvironment } from '../../kernel/run-environment.ts'
import type { StageAccount } from '../../kernel/stage-account.ts'
import type { Flow } from '../flow.ts'
import { fanIn } from '../junction.ts'
import { FanIn } from '../junctions/fan-in.ts'
import type { InputEnd } from '../junctions/input-end.ts'
import type { Lane } from '../junctions/lane.ts'

/** Items that may be asked for in one go, always within what downstream has asked for. */
const SLICE = 64

/** Ends flows from outside; see {@link killSwitch}. */
export interface KillSwitch {
  /** The piece for `.via(...)`, any number of times: every run of every flow with it is ended by this switch. */
  flow<T>(): (flow: Flow<T>) => Flow<T>
  /** How many flows run now that it can end. */
  readonly running: number
  /** Takes no more from above: what has come to the switch flows out, and the flows complete. */
  shutdown(): void
  /** Fails the flows that have not completed; what is held below comes before the failure. Default error: `FOREBAY_CANCELLED`. */
  abort(error?: unknown): void
}

/**
 * One switch for one flow or many, in one run or many. It is thrown once and for all: a flow that is run after that
 * ends at once. An edge above the switch loses what it holds when the switch is thrown, so put it behind the source.
 * A run that has ended is forgotten by the switch.
 *
 * Emits: when an item arrives. Backpressures: when downstream does. Completes: when upstream has, or at `shutdown()`
 * when nothing is held; at `abort(error)` it fails. Cancels: when downstream cancels, or the switch is thrown.
 * Loses: nothing at `shutdown()`; at `abort(error)` what the switch holds, counted as `failed`.
 */
export function killSwitch(): KillSwitch {
  let thrown: InputEnd | undefined
  const running = new Set<Killable>()
  const end = (how: InputEnd): void => {
    if (thrown?.failed === true) return
    thrown = how
    for (const one of running) one.end(how)
  }
  return {
    get running() {
      return running.size
    },
    flow:
      <T>() =>
      (flow: Flow<T>) =>
        fanIn<T>(
          'killSwitch',
          [flow],
          { cardinality: 'one', bound: SLICE, loses: 'what it holds when it is aborted' },
          (env, stage) => new Killable(running, () => thrown, env, stage),
        ),
    shutdown: () => {
      if (thrown === undefined) end({ failed: false, error: undefined })
    },
    abort: (error = new ForebayError('FOREBAY_CANCELLED', 'killSwitch: aborted')) => end({ failed: true, error }),
  }
}

/** One lane that the switch can end. It is known to the switch from its opening to its end. */
class Killable extends FanIn {
  readonly #running: Set<Killable>
  readonly #thrown: () => InputEnd | undefined
  #port!: Port
  #failure: InputEnd | undefined

  constructor(running: Set<Killable>, thrown: () => InputEnd | undefined, env: RunEnvironment, stage: StageAccount) {
    super(1, SLICE, env, stage)
    this.#running = running
    this.#thrown = thrown
  }

  override bind(port: Port): void {
    super.bind(port)
    this.#port = port
  }

  override open(): void {
    const thrown = this.#thrown()
    if (thrown === undefined) this.#running.add(this)
    else this.end(thrown)
  }

  /** Acts in a turn of its own, since the switch may be thrown by a function of the flow itself. */
  end(how: InputEnd): void {
    if (how.failed) this.#failure = how
    this.#lane.cancel(how.error)
    this.#port.wake()
  }

  protected hand(port: Port): void {
    if (this.#failure !== undefined) throw this.#failure.error
    const lane = this.#lane
    if (this.pass(lane, port)) lane.grant(port.n)
  }

  /** A failure ends it in `hand`. */
  protected override isDry(): boolean {
    if (this.#failure !== undefined || !this.#lane.isOver) return false
    this.#running.delete(this)
    return true
  }

  protected override abandon(): void {
    this.#running.delete(this)
  }

  get #lane(): Lane {
    return this.lanes[0] as Lane
  }
}
