import { checkInteger, show } from '../../kernel/check.ts'
import type { Port } from '../../kernel/receiver.ts'
import type { RunEnvironment } from '../../kernel/run-environment.ts'
import type { StageAccount } from '../../kernel/stage-account.ts'
import type { Flow } from '../flow.ts'
import { fanIn } from '../junction.ts'
import { FanIn } from '../junctions/fan-in.ts'
import type { Lane } from '../junctions/lane.ts'
import { Shares } from '../shares.ts'
import { endsEarly, type FanInOptions } from './options.ts'

/**
 * The items of all `flows`; as long as the first has items, those of the others wait. Among the others it is as fair as
 * `merge`. A first flow that always has items starves the others: for a share each see `mergePrioritized`.
 *
 * Emits: when an input has an item; of several, the first of `flows` before all others. Backpressures: each input when
 * one of its items waits. Completes: when all inputs have, or the first with `eagerComplete`. Cancels: when downstream
 * cancels; the other inputs when one fails. Loses: nothing.
 */
export function mergePreferred<T>(flows: readonly Flow<T>[], options: FanInOptions = {}): Flow<T> {
  const isEager = endsEarly(options)
  return fanIn<T>(
    'mergePreferred',
    flows,
    { ...(options.name !== undefined && { name: options.name }), cardinality: 'one', bound: flows.length },
    (env, stage) => new Preferred(flows.length, isEager, env, stage),
  )
}

/** One of the inputs of {@link mergePrioritized}. */
export interface WeightedFlow<T> {
  flow: Flow<T>
  /** Its share while all have items: with weights 3 and 1, three of four. From 1 to 65,536. */
  weight: number
}

/**
 * The items of all inputs, in proportion to their weights as long as all have some; what one does not use goes to the
 * others. Spread evenly: with weights 3 and 1 the order is a a b a (smooth weighted round robin, as in nginx).
 *
 * Emits: when an input has an item; of several, that whose share is due. Backpressures: each input when one of its
 * items waits. Completes: when all inputs have, or the first with `eagerComplete`. Cancels: when downstream cancels; the
 * other inputs when one fails. Loses: nothing.
 */
export function mergePrioritized<T>(inputs: readonly WeightedFlow<T>[], options: FanInOptions = {}): Flow<T> {
  const isEager = endsEarly(options)
  if (!Array.isArray(inputs)) throw new TypeError(`mergePrioritized: expected a list, got ${show(inputs)}`)
  const weights = inputs.map(({ weight }) => checkInteger('weight', weight, 1, 65_536))
  return fanIn<T>(
    'mergePrioritized',
    inputs.map(({ flow }) => flow),
    { ...(options.name !== undefined && { name: options.name }), cardinality: 'one', bound: inputs.length },
    (env, stage) => new Prioritized(weights, isEager, env, stage),
  )
}

/** One item at a time, from the lane that a subclass chooses among those that hold one. */
abstract class Ranked extends FanIn {
  readonly #isEager: boolean

  constructor(inputs: number, isEager: boolean, env: RunEnvironment, stage: StageAccount) {
    super(inputs, 1, env, stage)
    this.#isEager = isEager
  }

  protected abstract choose(): Lane | undefined

  /** One item a turn: the lane that was just taken from is filled again before the next choice, if it can be. */
  protected hand(port: Port): void {
    const lane = port.n > 0 ? this.choose() : undefined
    if (lane === undefined) return
    lane.take()
    const goesOn = this.emit(port, lane.taken, lane.context)
    lane.grant()
    if (goesOn) port.wake()
  }

  protected override endsAll({ end }: Lane): boolean {
    return end?.failed === true || this.#isEager
  }
}

class Preferred extends Ranked {
  /** Where the search among the others begins. */
  #turn = 0

  protected choose(): Lane | undefined {
    const [preferred, ...others] = this.lanes
    if (preferred !== undefined && preferred.length > 0) return preferred
    for (let step = 0; step < others.length; step++) {
      const at = (this.#turn + step) % others.length
      const lane = others[at] as Lane
      if (lane.length === 0) continue
      this.#turn = at + 1
      return lane
    }
    return undefined
  }
}

class Prioritized extends Ranked {
  readonly #shares: Shares

  constructor(weights: readonly number[], isEager: boolean, env: RunEnvironment, stage: StageAccount) {
    super(weights.length, isEager, env, stage)
    this.#shares = new Shares(weights)
  }

  protected choose(): Lane | undefined {
    return this.lanes[this.#shares.next(this.lanes)]
  }
}
