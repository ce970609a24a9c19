import type { Context } from '../../kernel/context.ts'
import { operator, type Operator } from '../../kernel/operator.ts'
import type { Port } from '../../kernel/receiver.ts'
import type { RunEnvironment } from '../../kernel/run-environment.ts'
import { BLOCKED, type StageAccount } from '../../kernel/stage-account.ts'
import type { Flow } from '../flow.ts'
import { junction } from '../junction.ts'
import { Passage } from '../junctions/passage.ts'
import type { RingPlan } from './ring-plan.ts'
import type { RingDoor, RunningRing } from './running-ring.ts'

/** The way into a ring: items pass one by one while there is room in it. */
export function ringEntry(name: string, plan: RingPlan): (flow: Flow<any>) => Flow<any> {
  plan.entries++
  return junction('ring entry', { name, cardinality: 'one', bound: 1 }, (env, stage) => {
    const ring = plan.in(env.signal)
    const entry = new RingEntry(ring, env, stage)
    ring.addDoor(entry)
    return entry
  })
}

class RingEntry extends Passage implements RingDoor {
  #held: { readonly value: unknown; readonly context: Context | undefined } | undefined
  readonly #ring: RunningRing

  constructor(ring: RunningRing, env: RunEnvironment, stage: StageAccount) {
    super(env, stage)
    this.#ring = ring
  }

  roomFreed(): void {
    this.changed()
  }

  protected take(value: unknown, context: Context | undefined): void {
    this.#held = { value, context }
  }

  protected override isReady(): boolean {
    return this.#held !== undefined && this.#ring.hasRoom
  }

  protected hand(port: Port): void {
    const { value, context } = this.#held as { value: unknown; context: Context | undefined }
    this.#held = undefined
    this.emit(port, value, this.#ring.enter(context))
  }

  protected room(): number {
    return this.#held === undefined && this.hasCredit() ? 1 : 0
  }

  /** It is the ring that holds back an item which waits in front of it. */
  protected override account(): void {
    if (this.#held === undefined || this.#ring.hasRoom) super.account()
    else this.stage.to(BLOCKED)
  }

  protected held(): number {
    return this.#held === undefined ? 0 : 1
  }

  protected abandon(reason: string): void {
    if (this.#held !== undefined) this.lose(this.#held.context, reason, 'returned')
    this.#held = undefined
  }

  protected override close(reason: unknown): void {
    super.close(reason)
    this.#ring.entryEnded()
  }
}

/** The way out of a ring. */
export function ringExit(name: string, plan: RingPlan): Operator {
  plan.exits++
  return operator(name, { cardinality: 'one' }, (down, { signal }) => {
    const ring = plan.in(signal)
    return {
      push: (value, context) => down.push(value, ring.leave(context)),
      close: (reason) => ring.exitEnded(reason),
    }
  })
}
