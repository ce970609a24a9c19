import { settle, type Context } from '../../kernel/context.ts'
import type { RunEnvironment } from '../../kernel/run-environment.ts'
import { BUSY, STARVED, type StageAccount } from '../../kernel/stage-account.ts'
import { loseItem } from '../lose-item.ts'

/** The one item that a caller works on, in the account of the sink that has handed it over. */
export class ItemInHand {
  readonly #env: RunEnvironment
  readonly #stage: StageAccount
  #item: { readonly context: Context | undefined } | undefined

  constructor(env: RunEnvironment, stage: StageAccount) {
    this.#env = env
    this.#stage = stage
    stage.refresh = () => {
      stage.inFlight = this.#item === undefined ? 0 : 1
    }
  }

  get isHeld(): boolean {
    return this.#item !== undefined
  }

  /** The caller gets an item; with the one before it is done. */
  take(context: Context | undefined): void {
    this.done()
    this.#stage.in++
    this.#item = { context }
    this.#stage.to(BUSY)
  }

  /** The caller is done with it, or with `failure` has failed on it. */
  done(failure?: { error: unknown }): void {
    const item = this.#leave()
    if (item === undefined) return
    if (failure === undefined) return settle(item.context, 'done')
    this.#stage.failed++
    settle(item.context, 'failed', failure.error)
  }

  giveBack(): void {
    const item = this.#leave()
    if (item !== undefined) loseItem(this.#env, this.#stage, item.context, 'cancelled', 'returned')
  }

  #leave(): { readonly context: Context | undefined } | undefined {
    const item = this.#item
    this.#item = undefined
    if (item !== undefined) this.#stage.to(STARVED)
    return item
  }
}
