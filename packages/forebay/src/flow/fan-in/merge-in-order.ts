import { checkFunction, checkInteger } from '../../kernel/check.ts'
import { ForebayError } from '../../kernel/errors.ts'
import type { Port } from '../../kernel/receiver.ts'
import type { RunEnvironment } from '../../kernel/run-environment.ts'
import type { StageAccount } from '../../kernel/stage-account.ts'
import type { Flow } from '../flow.ts'
import { fanIn } from '../junction.ts'
import { FanIn } from '../junctions/fan-in.ts'
import type { Lane } from '../junctions/lane.ts'

/**
 * The items of flows that are sorted, sorted. `compare` is that of `Array.prototype.sort`; of equal items that of the
 * earlier flow comes first. An input that is not sorted gives a result that is not.
 *
 * Emits: when every input has an item or has completed. Backpressures: each input when one of its items waits.
 * Completes: when all inputs have. Cancels: when downstream cancels; the other inputs when one fails. Loses: nothing.
 */
export function mergeSorted<T>(flows: readonly Flow<T>[], compare: (a: T, b: T) => number): Flow<T> {
  checkFunction('compare', compare)
  const smallest = (lanes: readonly Lane[]): Lane | undefined => {
    let best: Lane | undefined
    for (const lane of lanes) {
      if (lane.length > 0 && (best === undefined || compare(lane.head as T, best.head as T) < 0)) best = lane
    }
    return best
  }
  return fanIn<T>(
    'mergeSorted',
    flows,
    { cardinality: 'one', bound: flows.length },
    (env, stage) => new InOrder(flows.length, smallest, env, stage),
  )
}

/**
 * The items of all `flows` in the order of their numbers, which begin at `first` and are used once each over all
 * flows: puts together again what was numbered and parted. Within a flow numbers must rise. A number that is missing
 * fails the flow with `FOREBAY_CORRUPT`.
 *
 * Emits: when the item with the next number is there. Backpressures: each input when one of its items waits.
 * Completes: when all inputs have. Cancels: when downstream cancels; the other inputs when one fails. Loses: nothing.
 */
export function mergeSequence<T>(
  flows: readonly Flow<T>[],
  numberOf: (item: T) => number,
  options: { first?: number } = {},
): Flow<T> {
  checkFunction('numberOf', numberOf)
  const first = checkInteger('first', options.first ?? 0, Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER)
  return fanIn<T>('mergeSequence', flows, { cardinality: 'one', bound: flows.length }, (env, stage) => {
    let next = first
    const due = (lanes: readonly Lane[]): Lane | undefined => {
      const found = lanes.find((lane) => lane.length > 0 && numberOf(lane.head as T) === next)
      if (found !== undefined) next++
      else if (lanes.every((lane) => lane.length > 0 || lane.end !== undefined)) {
        const numbers = lanes.filter((lane) => lane.length > 0).map((lane) => numberOf(lane.head as T))
        throw new ForebayError('FOREBAY_CORRUPT', `mergeSequence: ${next} is missing, ${numbers.join(', ')} wait`)
      }
      return found
    }
    return new InOrder(flows.length, due, env, stage, false)
  })
}

/** Takes the lane that `choose` names. */
class InOrder extends FanIn {
  readonly #choose: (lanes: readonly Lane[]) => Lane | undefined
  /** Nothing is chosen before every lane shows an item or its end. */
  readonly #needsAll: boolean

  constructor(
    inputs: number,
    choose: (lanes: readonly Lane[]) => Lane | undefined,
    env: RunEnvironment,
    stage: StageAccount,
    needsAll = true,
  ) {
    super(inputs, 1, env, stage)
    this.#choose = choose
    this.#needsAll = needsAll
  }

  protected hand(port: Port): void {
    while (port.n > 0 && this.#mayChoose()) {
      const lane = this.#choose(this.lanes)
      if (lane === undefined) return
      lane.take()
      const goesOn = this.emit(port, lane.taken, lane.context)
      lane.grant()
      if (!goesOn) return
    }
  }

  #mayChoose(): boolean {
    if (this.lanes.every((lane) => lane.length === 0)) return false
    return !this.#needsAll || this.lanes.every((lane) => lane.length > 0 || lane.end !== undefined)
  }
}
