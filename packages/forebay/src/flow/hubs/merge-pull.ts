import type { Port, Pull } from '../../kernel/receiver.ts'
import type { RunEnvironment } from '../../kernel/run-environment.ts'
import type { StageAccount } from '../../kernel/stage-account.ts'
import { loseItem } from '../lose-item.ts'

/** The hub that a {@link MergePull} hands on. */
export interface MergePullHost<T> {
  readonly held: number
  /** The next item, in turn; only while something is held. */
  next(): T
  /** Nothing is held, and nothing will come. */
  readonly isDry: boolean
  /** It was aborted. */
  readonly failure: { readonly error: unknown } | undefined
  /** The run that takes the items is over, or takes no more: what is held is given up with `lose`, if that is given. */
  consumerGone(lose: (() => void) | undefined): void
}

/** The source of the one run that takes what the producers of a merge hub bring. */
export class MergePull<T> implements Pull {
  readonly #host: MergePullHost<T>
  readonly #env: RunEnvironment
  readonly #stage: StageAccount
  #port: Port | undefined
  #isOver = false
  #pulled = 0

  constructor(host: MergePullHost<T>, env: RunEnvironment, stage: StageAccount) {
    this.#host = host
    this.#env = env
    this.#stage = stage
  }

  /** Something has come, or the end. */
  changed(): void {
    if (this.#isOver) return
    if (this.#host.isDry) this.#end()
    else if (this.#port !== undefined && this.#port.n > 0) this.#port.wake()
  }

  /** Fails at once. */
  fail(error: unknown): void {
    if (this.#isOver) return
    this.#isOver = true
    this.#port?.failed(error)
  }

  /** An item that was held is given up. */
  lose(reason: string): void {
    this.#pulled++
    const { totals } = this.#env
    loseItem(this.#env, this.#stage, totals.lineage ? totals.enter(undefined) : undefined, reason, 'returned')
  }

  /** It may have ended before it was run, and an end needs no demand. */
  bind(port: Port): void {
    this.#port = port
    port.wake()
  }

  run(port: Port): void {
    const { failure } = this.#host
    if (failure !== undefined) return this.fail(failure.error)
    while (port.n > 0 && this.#host.held > 0 && !this.#isOver) {
      this.#pulled++
      port.step(this.#host.next(), undefined)
      if (!port.tick(1)) return
    }
    if (this.#host.isDry) this.#end()
  }

  cancel(): void {
    if (this.#isOver) return
    this.#isOver = true
    this.#host.consumerGone(() => this.lose('cancelled'))
  }

  stop(): void {
    if (this.#isOver) return
    this.#host.consumerGone(undefined)
    this.changed()
  }

  pulled(): number {
    return this.#pulled
  }

  #end(): void {
    if (this.#isOver) return
    this.#isOver = true
    this.#port?.done()
  }
}
