import type { Context } from '../../kernel/context.ts'
import type { Port } from '../../kernel/receiver.ts'
import type { RunEnvironment } from '../../kernel/run-environment.ts'
import type { StageAccount } from '../../kernel/stage-account.ts'
import { loseItem } from '../lose-item.ts'
import { FanIn } from './fan-in.ts'
import type { Lane } from './lane.ts'
import type { SpillState, Spilled } from './spill.ts'

/** Where the two ways of a spilling edge meet: what is in memory is older than what the store took after it. */
export class Rejoin extends FanIn {
  readonly #state: SpillState
  readonly #memory: Lane
  readonly #store: Lane
  /** The first item of the store, while it waits for those before it. */
  #head: { readonly item: Spilled; readonly context: Context | undefined } | undefined

  constructor(state: SpillState, bound: number, env: RunEnvironment, stage: StageAccount) {
    super(2, bound, env, stage)
    this.#state = state
    ;[this.#memory, this.#store] = this.lanes as [Lane, Lane]
  }

  override open(): void {}

  protected hand(port: Port): void {
    const memory = this.#memory
    while (port.n > 0) {
      const head = this.#storeHead()
      if (head !== undefined && this.#state.mayPass(head.item)) {
        this.#head = undefined
        const [run, number, value] = head.item
        if (run === this.#state.run) this.#state.returned = Math.max(this.#state.returned, number)
        if (!this.emit(port, value, head.context)) break
      } else if (memory.length > 0) {
        memory.take()
        this.#state.takenFromMemory++
        if (!this.emit(port, memory.taken, memory.context)) break
      } else break
    }
    memory.grant(port.n)
    if (this.#head === undefined) this.#store.grant(port.n)
  }

  protected override held(): number {
    return this.#head === undefined ? 0 : 1
  }

  protected override abandon(reason: string): void {
    const head = this.#head
    this.#head = undefined
    if (head !== undefined) loseItem(this.env, this.stage, head.context, reason, 'returned')
  }

  /** Both ways end for themselves; a failure is told when both have flowed out. */
  protected override endsAll(): boolean {
    return false
  }

  protected override isDry(): boolean {
    if (this.#head !== undefined || !super.isDry()) return false
    for (const lane of this.lanes) if (lane.end?.failed === true) this.endInputs(lane)
    return true
  }

  #storeHead(): { readonly item: Spilled; readonly context: Context | undefined } | undefined {
    const store = this.#store
    if (this.#head === undefined && store.length > 0) {
      store.take()
      this.#head = { item: store.taken as Spilled, context: store.context }
    }
    return this.#head
  }
}
