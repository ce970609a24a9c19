import type { Chain } from './chain.ts'
import type { Step } from './operator.ts'
import type { RunEnvironment } from './run-environment.ts'
import type { StageAccount } from './stage-account.ts'

/** At most one item in so much time is handled with a clock around every operator, ms. */
const EVERY_MS = 1

/** Times single items of a segment operator by operator, so that its share of the event loop can be split among them. */
export class Sampler {
  #at = 0
  readonly #chain: Chain
  readonly #stage: StageAccount
  readonly #env: RunEnvironment

  constructor(chain: Chain, stage: StageAccount, env: RunEnvironment) {
    this.#chain = chain
    this.#stage = stage
    this.#env = env
  }

  /** Lets the next item be timed, if it is time. */
  sample(segment: { step: Step }): void {
    const { meter, clock } = this.#env
    const { operators } = this.#stage
    if (meter.t - this.#at < EVERY_MS || operators.length < 2) return
    this.#at = meter.t
    segment.step = this.#chain.sample(
      () => clock.now(),
      operators,
      () => {
        segment.step = this.#chain.entry
      },
    )
  }
}
