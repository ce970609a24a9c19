import type { Port } from '../../kernel/receiver.ts'
import type { RunEnvironment } from '../../kernel/run-environment.ts'
import type { StageAccount } from '../../kernel/stage-account.ts'
import type { Flow } from '../flow.ts'
import { fanIn } from '../junction.ts'
import { FanIn } from '../junctions/fan-in.ts'
import type { Lane } from '../junctions/lane.ts'

/**
 * The flow that has the first item, whole; the others are cancelled.
 *
 * Emits: when the first flow that has had an item has one. Backpressures: when downstream does. Completes: when that
 * flow has, or all have without an item. Cancels: when downstream cancels; the others when one has an item or fails.
 * Loses: items of the others that had come already, counted as `late`.
 */
export function race<T>(flows: readonly Flow<T>[]): Flow<T> {
  return fanIn<T>(
    'race',
    flows,
    { cardinality: 'filter', bound: flows.length, loses: 'items of the flows that were not first' },
    (env, stage) => new Race(flows.length, 1, env, stage),
  )
}

class Race extends FanIn {
  #winner: Lane | undefined

  protected hand(port: Port): void {
    this.#winner ??= this.#decide()
    const winner = this.#winner
    if (winner === undefined) return
    while (port.n > 0 && this.pass(winner, port) && winner.end === undefined) {
      winner.grant()
      if (winner.length === 0) return
    }
  }

  #decide(): Lane | undefined {
    const winner = this.lanes.find((lane) => lane.length > 0)
    if (winner === undefined) return undefined
    for (const lane of this.lanes) {
      if (lane === winner) continue
      lane.cancel(undefined)
      lane.discard('late')
    }
    return winner
  }
}

/**
 * The items of this flow, or, when it completes without any, those of `other`, which is not asked for anything before.
 *
 * Emits: when the present flow has an item. Backpressures: when downstream does. Completes: when upstream has with items,
 * or else when `other` has. Cancels: when downstream cancels; `other` when upstream has an item. Loses: nothing.
 */
export function orElse<U>(other: Flow<U>): <T>(flow: Flow<T>) => Flow<T | U> {
  return <T>(flow: Flow<T>) =>
    fanIn<T | U>('orElse', [flow, other], { cardinality: 'one', bound: 2 }, (env, stage) => new OrElse(env, stage))
}

class OrElse extends FanIn {
  #hasItems = false

  constructor(env: RunEnvironment, stage: StageAccount) {
    super(2, 1, env, stage)
  }

  override open(): void {
    this.lanes[0]?.grant()
  }

  protected hand(port: Port): void {
    const [first, other] = this.lanes as [Lane, Lane]
    if (first.length > 0 && !this.#hasItems) {
      this.#hasItems = true
      other.cancel(undefined)
    }
    const lane = first.isOver && !this.#hasItems ? other : first
    while (port.n > 0 && this.pass(lane, port) && lane.end === undefined) {
      lane.grant()
      if (lane.length === 0) return
    }
  }
}

/**
 * All items of `flows`, one flow after the other, and then those of this one; `flow.concat` puts others behind.
 *
 * Emits: when the present flow has an item. Backpressures: when downstream does. Completes: when upstream has, behind
 * `flows`. Cancels: when downstream cancels. Loses: nothing.
 */
export function prepend<U>(...flows: readonly Flow<U>[]): <T>(flow: Flow<T>) => Flow<T | U> {
  return <T>(flow: Flow<T>) => {
    const [first = flow, ...rest] = [...flows, flow] as Flow<T | U>[]
    return rest.length === 0 ? first : first.concat(...rest)
  }
}
