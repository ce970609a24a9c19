import type { Context } from './context.ts'
import type { BoundedEdge } from './bounded-edge.ts'
import type { Offered } from './edge-options.ts'
import type { Enter, FirehoseNode } from './plan.ts'
import type { Upstream } from './receiver.ts'
import type { RunEnvironment } from './run-environment.ts'
import type { StageAccount } from './stage-account.ts'

/** The running half of a firehose: it pushes into its edge whenever it likes, and the edge's policy decides. */
export class FirehoseSource implements Upstream {
  readonly stage: StageAccount
  readonly #node: FirehoseNode
  readonly #edge: BoundedEdge
  readonly #env: RunEnvironment
  readonly #enter: Enter | undefined
  #unsubscribe: (() => void) | undefined
  #over = false

  constructor(node: FirehoseNode, edge: BoundedEdge, env: RunEnvironment, enter: Enter | undefined) {
    this.#enter = enter
    this.#node = node
    this.#edge = edge
    this.#env = env
    this.stage = env.stage({ name: node.name, kind: 'firehose', sync: true, site: node.site })
    edge.attach(this)
  }

  get isOver(): boolean {
    return this.#over
  }

  open(): void {
    this.#unsubscribe = this.#node.start(
      (value, context) => this.#emit(value, context),
      (failure) => this.#end(failure),
      this.#env,
    )
    if (this.#over) this.#unsubscribe()
  }

  /** Ends as if the data had ended. */
  stop(): void {
    this.cancel()
    this.#edge.complete()
  }

  request(): void {}

  takeReady(): undefined {}

  revoke(): number {
    return 0
  }

  cancel(): void {
    if (this.#over) return
    this.#over = true
    this.#unsubscribe?.()
  }

  #emit(value: unknown, context: Context | undefined): Offered {
    if (this.#over) return 'closed'
    this.stage.in++
    this.stage.emitted++
    // No stage changes its state within the turn of a firehose, and a buffer marks its items with the last reading.
    this.#env.meter.now()
    return this.#edge.offer(value, this.#enter === undefined ? context : this.#enter(context))
  }

  #end(failure: { error: unknown } | undefined): void {
    this.cancel()
    if (failure === undefined) this.#edge.complete()
    else this.#edge.fail(failure.error)
  }
}
