import { checkInteger, show } from '../../kernel/check.ts'
import type { Context } from '../../kernel/context.ts'
import type { Port } from '../../kernel/receiver.ts'
import { RingBuffer } from '../../kernel/ring-buffer.ts'
import type { RunEnvironment } from '../../kernel/run-environment.ts'
import type { StageAccount } from '../../kernel/stage-account.ts'
import type { Branch } from '../branches.ts'
import type { Flow } from '../flow.ts'
import { fanOut } from '../junction.ts'
import { FanOut } from '../junctions/fan-out.ts'
import type { Outlet } from '../junctions/outlet.ts'
import type { Program } from '../program.ts'

/** How a flow is shared out. */
export interface BalanceOptions {
  /** Items that may wait for a branch at most, always within what the branches have asked for; default 16. */
  prefetch?: number
  name?: string
}

/**
 * Each item to one of the branches: whichever wants one, in turn among those that do. A slow branch gets less and holds
 * nobody back. Branches end, or are merged, as with `flow.broadcast`.
 *
 * Emits: when any branch wants an item. Backpressures: when no branch wants an item. Completes: when upstream completes.
 * Cancels: when all branches have cancelled; one that cancels alone is left out from then on. Loses: what has come when
 * the last branch cancels, with the reason `branch-closed`; it is returned.
 *
 * @example
 * balance(jobs, [(jobs) => jobs.to(first), (jobs) => jobs.to(second)]).run()
 */
export function balance<T, R extends unknown[]>(
  flow: Flow<T>,
  branches: { [K in keyof R]: (flow: Flow<T>) => Program<R[K]> },
  options?: BalanceOptions,
): Program<R>
export function balance<T, U>(flow: Flow<T>, branches: readonly Branch<T, U>[], options?: BalanceOptions): Flow<U>
export function balance<T>(
  flow: Flow<T>,
  branches: readonly Branch<T, any>[],
  options: BalanceOptions = {},
): Flow<any> | Program<any> {
  const prefetch = options.prefetch === undefined ? 16 : checkInteger('prefetch', options.prefetch, 1, 65_536)
  if (!Array.isArray(branches)) throw new TypeError(`balance: expected a list of branches, got ${show(branches)}`)
  return fanOut<T>(
    'balance',
    flow,
    branches,
    {
      cardinality: 'one',
      bound: prefetch,
      ...(options.name !== undefined && { name: options.name }),
      loses: 'what has come when the last branch ends',
    },
    (env, stage) => new Balance(branches.length, prefetch, env, stage),
  )
}

/** One ring for all outlets. An outlet hands on one item a turn, then it is the turn of the next that wants one. */
class Balance extends FanOut {
  readonly #prefetch: number
  readonly #held: RingBuffer<{ readonly value: unknown; readonly context: Context | undefined }>
  /** The outlet that is looked at first. */
  #turn = 0

  constructor(outputs: number, prefetch: number, env: RunEnvironment, stage: StageAccount) {
    super(outputs, env, stage)
    this.#prefetch = prefetch
    this.#held = new RingBuffer(prefetch)
  }

  protected take(value: unknown, context: Context | undefined): void {
    this.#held.push({ value, context })
    this.#wakeNext()
  }

  protected hand(outlet: Outlet, port: Port): void {
    if (port.n <= 0 || this.#held.length === 0) return
    const { value, context } = this.#held.shift()
    this.#turn = this.outlets.indexOf(outlet) + 1
    outlet.emit(port, value, context)
    if (this.#held.length > 0) this.#wakeNext()
  }

  protected room(): number {
    let wanted = 0
    for (const { isOpen, demand } of this.outlets) {
      if (isOpen) wanted += demand
      if (wanted >= this.#prefetch) break
    }
    return Math.min(wanted, this.#prefetch) - this.#held.length
  }

  protected held(): number {
    return this.#held.length
  }

  protected isDry(): boolean {
    return this.#held.length === 0
  }

  protected abandon(): void {
    if (this.outlets.some(({ isOpen }) => isOpen)) return this.#wakeNext()
    while (this.#held.length > 0) this.lose(this.#held.shift().context, this.closedReason, 'returned')
  }

  #wakeNext(): void {
    const { outlets } = this
    for (let step = 0; step < outlets.length; step++) {
      const outlet = outlets[(this.#turn + step) % outlets.length] as Outlet
      if (outlet.isOpen && outlet.demand > 0) return this.wake(outlet)
    }
  }
}
