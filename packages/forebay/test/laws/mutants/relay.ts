import type { Context } from '../../../src/kernel/context.ts'
import { settle } from '../../../src/kernel/context.ts'
import { Flow } from '../../../src/flow/flow.ts'
import type { Junction, JunctionNode } from '../../../src/kernel/plan.ts'
import type { Port, Pull, Receiver, Upstream } from '../../../src/kernel/receiver.ts'
import type { RunEnvironment } from '../../../src/kernel/run-environment.ts'
import type { StageAccount } from '../../../src/kernel/stage-account.ts'

/** What is wrong with a relay. */
export type Fault =
  | 'grants one too many'
  | 'does not replace the credit of rejected items'
  | 'ignores cancel'
  | 'cancels with a reason of its own'
  | 'looks for its end only with demand'
  | 'sends without credit'
  | 'keeps what it holds when it is cancelled'
  | 'forgets to end the account of a rejected item'
  | 'tells its end before it is empty'
  | 'wakes nobody'
  | 'leaks the credit of every third item'
  | 'claims to hold nothing'

const CAPACITY = 2

const isOdd = (value: unknown): boolean => (value as number) % 2 !== 0

/** A small bounded relay: a junction of one's own, healthy or with one fault. What it does not keep is filtered out. */
export function relay<T>(flow: Flow<T>, fault?: Fault, keep: (value: unknown) => boolean = isOdd): Flow<T> {
  const node: JunctionNode = {
    type: 'junction',
    kind: 'relay',
    name: 'relay',
    inputs: [flow.node],
    bound: fault === 'claims to hold nothing' ? 0 : CAPACITY,
    cardinality: 'filter',
    slots: 1,
    sync: true,
    create: (env, stage) => new Relay(env, stage, fault, keep),
  }
  return new Flow<T>(node, flow.sides)
}

class Relay implements Junction, Receiver, Pull {
  #upstream: Upstream | undefined
  #port: Port | undefined
  #end: { failed: boolean; error: unknown } | undefined
  #over = false
  #emitted = 0
  #current: Context | undefined
  readonly #held: { value: unknown; context: Context | undefined }[] = []
  readonly #env: RunEnvironment
  readonly #stage: StageAccount
  readonly #fault: Fault | undefined
  readonly #keep: (value: unknown) => boolean

  constructor(env: RunEnvironment, stage: StageAccount, fault: Fault | undefined, keep: (value: unknown) => boolean) {
    this.#keep = keep
    this.#env = env
    this.#stage = stage
    this.#fault = fault
    stage.refresh = () => {
      stage.inFlight = this.#held.length
      stage.emitted = this.#emitted
    }
  }

  receiver(): Receiver {
    return this
  }

  attach(_input: number, upstream: Upstream): void {
    this.#upstream = upstream
  }

  pull(): Pull {
    return this
  }

  bind(port: Port): void {
    this.#port = port
  }

  open(): void {
    this.#upstream?.request(this.#fault === 'grants one too many' ? CAPACITY + 1 : CAPACITY)
  }

  next(value: unknown, context: Context | undefined): void {
    this.#stage.in++
    if (!this.#keep(value)) {
      if (this.#fault !== 'forgets to end the account of a rejected item') settle(context, 'filtered')
      if (this.#fault !== 'does not replace the credit of rejected items') this.#upstream?.request(1)
      return
    }
    this.#held.push({ value, context })
    const port = this.#port as Port
    if (this.#fault === 'sends without credit') this.#hand(port)
    else if (this.#fault !== 'wakes nobody') port.wake()
  }

  complete(): void {
    this.#endWith({ failed: false, error: undefined })
  }

  fail(error: unknown): void {
    this.#endWith({ failed: true, error })
  }

  run(port: Port): void {
    while (port.n > 0 && this.#held.length > 0) {
      this.#hand(port)
      if (!port.tick(1)) break
    }
    const end = this.#end
    if (end === undefined) return
    if (this.#fault === 'looks for its end only with demand' && port.n <= 0) return
    if (this.#held.length > 0 && this.#fault !== 'tells its end before it is empty') return
    this.#over = true
    if (end.failed) port.failed(end.error)
    else port.done()
  }

  cancel(reason: unknown): void {
    if (this.#over) return
    this.#over = true
    if (this.#end === undefined && this.#fault !== 'ignores cancel') {
      this.#upstream?.cancel(this.#fault === 'cancels with a reason of its own' ? new Error('mine') : reason)
    }
    if (this.#fault === 'keeps what it holds when it is cancelled') return
    for (const { context } of this.#held.splice(0)) {
      this.#stage.discard('cancelled')
      this.#env.totals.discarded(context, 'cancelled')
      settle(context, 'returned', 'cancelled')
    }
  }

  pulled(): number {
    return this.#emitted
  }

  current(): Context | undefined {
    return this.#current
  }

  #hand(port: Port): void {
    const { value, context } = this.#held.shift() as { value: unknown; context: Context | undefined }
    this.#emitted++
    this.#current = context
    port.step(value, context)
    if (this.#fault === 'leaks the credit of every third item' && this.#emitted % 3 === 0) return
    if (this.#end === undefined) this.#upstream?.request(1)
  }

  #endWith(end: { failed: boolean; error: unknown }): void {
    this.#end = end
    this.#port?.wake()
  }
}
