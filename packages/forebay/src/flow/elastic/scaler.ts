import type { RunEnvironment } from '../../kernel/run-environment.ts'
import { scaleAdvice } from '../../kernel/scale/scale-advice.ts'
import { ScaleSteps } from '../../kernel/scale/scale-steps.ts'
import type { Snapshot } from '../../kernel/snapshot.ts'
import type { StageAccount } from '../../kernel/stage-account.ts'
import type { Elastic } from './elastic.ts'

/** Looks in a row at which nothing had moved, beside those of a cooldown, after which it waits until something does. */
const MOST_STILL = 100

/** Looks at its run every so often, and tells a stage how many workers it should have. */
export class Scaler {
  workers: number
  readonly #elastic: Elastic
  readonly #env: RunEnvironment
  readonly #stage: StageAccount
  readonly #resize: (workers: number) => void
  readonly #areThere: () => boolean
  readonly #steps: ScaleSteps
  readonly #mostStill: number
  #before: Snapshot | undefined
  #reason = ''
  #stop: (() => void) | undefined
  #isOver = false
  /** Looks in a row at which nothing had moved, and what had by then. */
  #still = 0
  #moved = ''

  constructor(
    elastic: Elastic,
    env: RunEnvironment,
    stage: StageAccount,
    resize: (workers: number) => void,
    areThere: () => boolean,
  ) {
    this.#elastic = elastic
    this.#env = env
    this.#stage = stage
    this.#resize = resize
    this.#areThere = areThere
    this.#steps = new ScaleSteps(elastic.limits)
    this.#mostStill = MOST_STILL + Math.ceil(elastic.limits.cooldownMs / elastic.everyMs)
    this.workers = elastic.min
    this.#again()
  }

  close(): void {
    this.#isOver = true
    this.#stop?.()
  }

  /** Something moves: called as often as one likes. */
  moved(): void {
    if (this.#isOver || this.#still < this.#mostStill) return
    this.#still = 0
    this.#before = undefined
    this.#again()
  }

  #again(): void {
    // A flow that stands still is to be seen to do so: no timer for ever, and none that counts as one of the stage.
    if (this.#isOver || this.#still >= this.#mostStill) return
    this.#stop = this.#env.clock.after(this.#elastic.everyMs, () => {
      this.#look()
      this.#again()
    })
  }

  #look(): void {
    const { target, onChange } = this.#elastic
    const after = this.#env.inspect()
    const moved = [this.workers, ...after.stages.map((stage) => stage.in + stage.emitted)].join()
    this.#still = moved === this.#moved ? this.#still + 1 : 0
    this.#moved = moved
    const before = this.#before
    this.#before = after
    if (!this.#areThere()) return this.#steps.wait(after.at)
    if (before === undefined) return
    const advice = scaleAdvice(before, after, this.#stage.id, target, 'workers')
    if (advice === undefined) return
    const from = this.workers
    const { workers: to, reason } = this.#steps.next(after.at, from, advice)
    const isNews = to !== from || (reason !== this.#reason && reason.startsWith('0 more'))
    this.#reason = reason
    this.workers = to
    const { min, max } = this.#elastic
    const { pressure, wouldHelp } = advice
    this.#stage.scale = { min, max, pressure, wouldHelp, reason }
    if (to !== from) this.#resize(to)
    if (!isNews) return
    try {
      onChange?.({ stage: this.#stage.name, from, to, reason })
    } catch (error) {
      this.#env.fail(error)
    }
  }
}
