import { checkInteger } from '../../kernel/check.ts'
import type { Port } from '../../kernel/receiver.ts'
import type { RunEnvironment } from '../../kernel/run-environment.ts'
import type { StageAccount } from '../../kernel/stage-account.ts'
import type { Flow } from '../flow.ts'
import { fanIn } from '../junction.ts'
import { FanIn } from '../junctions/fan-in.ts'
import type { Lane } from '../junctions/lane.ts'
import { endsEarly, type FanInOptions } from './options.ts'

/**
 * `segment` items of the first flow, then as many of the second, and so on in turn, however fast each is; an input that
 * has completed is left out. Not fair in time: it waits for the input whose turn it is.
 *
 * Emits: when the input whose turn it is has an item. Backpressures: an input when one of its items waits. Completes:
 * when all inputs have, or the first with `eagerComplete`. Cancels: when downstream cancels; the other inputs when one
 * fails. Loses: nothing.
 */
export function interleave<T>(flows: readonly Flow<T>[], segment: number, options: FanInOptions = {}): Flow<T> {
  checkInteger('segment', segment, 1)
  const isEager = endsEarly(options)
  return fanIn<T>(
    'interleave',
    flows,
    { ...(options.name !== undefined && { name: options.name }), cardinality: 'one', bound: flows.length },
    (env, stage) => new Interleave(flows.length, segment, isEager, env, stage),
  )
}

class Interleave extends FanIn {
  readonly #segment: number
  readonly #isEager: boolean
  #turn = 0
  #taken = 0

  constructor(inputs: number, segment: number, isEager: boolean, env: RunEnvironment, stage: StageAccount) {
    super(inputs, 1, env, stage)
    this.#segment = segment
    this.#isEager = isEager
  }

  protected hand(port: Port): void {
    while (port.n > 0) {
      const lane = this.#lane()
      if (lane === undefined || lane.length === 0) return
      lane.take()
      this.#taken++
      const goesOn = this.emit(port, lane.taken, lane.context)
      lane.grant()
      if (!goesOn) return
    }
  }

  /** The lane whose turn it is; nothing when all are over. */
  #lane(): Lane | undefined {
    for (let step = 0; step <= this.lanes.length; step++) {
      const lane = this.lanes[this.#turn] as Lane
      if (this.#taken < this.#segment && !lane.isOver) return lane
      this.#turn = (this.#turn + 1) % this.lanes.length
      this.#taken = 0
    }
    return undefined
  }

  protected override endsAll({ end }: Lane): boolean {
    return end?.failed === true || this.#isEager
  }
}
