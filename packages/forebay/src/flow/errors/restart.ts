import { checkFunction, checkOneOf } from '../../kernel/check.ts'
import type { Forget, Graft } from '../../kernel/plan.ts'
import type { Port } from '../../kernel/receiver.ts'
import type { RunEnvironment } from '../../kernel/run-environment.ts'
import type { StageAccount } from '../../kernel/stage-account.ts'
import { stageClock } from '../../kernel/stage-clock.ts'
import { Alarm } from '../alarm.ts'
import { Flow } from '../flow.ts'
import { FanIn } from '../junctions/fan-in.ts'
import type { InputEnd } from '../junctions/input-end.ts'
import { Lane } from '../junctions/lane.ts'
import { withSite } from '../sites.ts'
import { madeNode } from '../sources/made-node.ts'
import { Backoff, backoffPlan, type BackoffOptions, type BackoffPlan } from './backoff.ts'

/** Items that may be asked for in one go, always within what downstream has asked for. */
const SLICE = 64

/** When a source is opened anew, and after how long. */
export interface RestartOptions extends BackoffOptions {
  /** `failure` (default): it is opened anew when it has failed. `end`: also when it has completed. */
  on?: 'failure' | 'end'
  /** Whether a failure is worth another try; default: every one is. */
  when?: (error: unknown) => boolean
}

/**
 * The flow that `open` returns, opened anew after a wait when it fails: for connections and subscriptions. It is
 * opened for the first time when an item is wanted, and again when one is wanted after the wait. An error of `open`
 * counts as a failure of what it opens. What a failed flow has handed on comes first; where the next one begins is for
 * `open` to say. When the run drains, nothing is opened any more.
 *
 * Emits: when the flow that is open does. Backpressures: when downstream does; nothing is opened then. Completes: when
 * the flow that is open has, with `on: 'end'` only when there have been `max` restarts; it fails with a failure that is
 * one too many or not worth another try. Cancels: when downstream cancels, also during a wait. Loses: nothing.
 */
export function restart<T>(open: () => Flow<T>, options: RestartOptions = {}): Flow<T> {
  checkFunction('restart', open)
  const backoff = backoffPlan(options)
  const onEnd = checkOneOf('on', options.on ?? 'failure', ['failure', 'end']) === 'end'
  const when = options.when === undefined ? always : checkFunction('when', options.when)
  return new Flow<T>(
    withSite({
      type: 'junction',
      kind: 'restart',
      name: 'restart',
      inputs: [],
      bound: SLICE,
      explains: { inner: 1 },
      // What the opened flow does to the number of items is not known before it runs.
      cardinality: 'many',
      slots: 1,
      sync: true,
      create: (env, stage, graft) => new Restart({ open, backoff, onEnd, when }, graft, env, stage),
    }),
  )
}

interface RestartPlan {
  readonly open: () => Flow<unknown>
  readonly backoff: BackoffPlan
  readonly onEnd: boolean
  readonly when: (error: unknown) => boolean
}

/** One lane at a time; between two of them the alarm is set. */
class Restart extends FanIn {
  readonly #plan: RestartPlan
  readonly #graft: Graft
  readonly #backoff: Backoff
  readonly #alarm: Alarm
  #port!: Port
  #lane: Lane | undefined
  /** Of the source that was opened last. */
  #forget: Forget | undefined
  #isStopped = false
  #isLast = false

  constructor(plan: RestartPlan, graft: Graft, env: RunEnvironment, stage: StageAccount) {
    super(0, SLICE, env, stage)
    this.#plan = plan
    this.#graft = graft
    this.#backoff = new Backoff(plan.backoff, env)
    this.#alarm = new Alarm(stageClock(env.clock, stage), () => this.#port.wake())
  }

  override bind(port: Port): void {
    super.bind(port)
    this.#port = port
  }

  /** What is open is stopped by the run itself. */
  stop(): void {
    this.#isStopped = true
    if (this.#lane !== undefined) return
    this.#isLast = true
    this.#alarm.close()
    this.#port.wake()
  }

  protected hand(port: Port): void {
    while (!this.isDry() && !this.#alarm.isSet) {
      if (this.#lane === undefined && port.n <= 0) break
      const lane = this.#lane ?? this.#begin()
      if (lane === undefined) continue
      if (!this.pass(lane, port)) break
      if (lane.isOver) continue
      lane.grant(port.n)
      break
    }
  }

  /** A lane that is over and has emptied gives way to a wait, as long as that may be. */
  protected override isDry(): boolean {
    const lane = this.#lane
    if (lane?.isOver === true && !this.#isLast) this.#over(lane.end as InputEnd)
    return this.#isLast
  }

  protected override endsAll(): boolean {
    return false
  }

  protected override abandon(): void {
    this.#alarm.close()
  }

  /** Nothing when it could not be opened. */
  #begin(): Lane | undefined {
    this.#backoff.began()
    let flow: unknown
    try {
      flow = this.#plan.open()
    } catch (error) {
      this.#over({ failed: true, error })
      return undefined
    }
    const node = madeNode('restart', flow)
    const lane = new Lane(this, SLICE)
    this.#lane = this.lanes[0] = lane
    this.#forget?.()
    this.#forget = this.#graft(node, lane, (upstream) => lane.attach(upstream))
    return lane
  }

  #over(end: InputEnd): void {
    this.#lane = undefined
    try {
      // Opened anew while the run drains it would end at once.
      if (this.#isStopped) this.#isLast = true
      else this.#wait(end)
    } catch (error) {
      this.#fail(error)
    }
  }

  #wait({ failed, error }: InputEnd): void {
    const isWanted = failed ? this.#plan.when(error) : this.#plan.onEnd
    const wait = isWanted ? this.#backoff.next() : undefined
    if (wait !== undefined) {
      this.stage.retried++
      this.#alarm.set(wait)
    } else if (failed) this.#fail(error)
    else this.#isLast = true
  }

  #fail(error: unknown): void {
    this.#isLast = true
    const lane = (this.lanes[0] ??= new Lane(this, SLICE))
    lane.end = { failed: true, error }
    this.endInputs(lane)
  }
}

const always = (): boolean => true
