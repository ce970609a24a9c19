import type { RunEnvironment } from '../../kernel/run-environment.ts'
import { scaleAdvice } from '../../kernel/scale/scale-advice.ts'
import { ScaleSteps } from '../../kernel/scale/scale-steps.ts'
import type { Snapshot } from '../../kernel/snapshot.ts'
import type { StageAccount } from '../../kernel/stage-account.ts'
import type { Elastic } from './elastic.ts'

/** Looks at its run every so often, and tells a stage how many workers it should have. */
export class Scaler {
  workers: number
  readonly #elastic: Elastic
  readonly #env: RunEnvironment
  readonly #stage: StageAccount
  readonly #resize: (workers: number) => void
  readonly #areThere: () => boolean
  readonly #steps: ScaleSteps
  #before: Snapshot | undefined
  #reason = ''
  #stop: (() => void) | undefined

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
    this.workers = elastic.min
    this.#again()
  }

  close(): void {
    this.#stop?.()
  }

  #again(): void {
    // Not a timer of the stage: it moves no item, so a flow that stands still does so in spite of it.
    this.#stop = this.#env.clock.after(this.#elastic.everyMs, () => {
      this.#again()
      this.#look()
    })
  }

  #look(): void {
    const { target, onChange } = this.#elastic
    const after = this.#env.inspect()
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
    this.#stage.scale = { min: this.#elastic.min, max: this.#elastic.max, pressure: advice.pressure, reason }
    if (to !== from) this.#resize(to)
    if (!isNews) return
    try {
      onChange?.({ stage: this.#stage.name, from, to, reason })
    } catch (error) {
      this.#env.fail(error)
    }
  }
}
