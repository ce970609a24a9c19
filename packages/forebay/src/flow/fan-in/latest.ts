import { joinContexts, settle, type Context } from '../../kernel/context.ts'
import type { Port } from '../../kernel/receiver.ts'
import type { RunEnvironment } from '../../kernel/run-environment.ts'
import type { StageAccount } from '../../kernel/stage-account.ts'
import type { Flow } from '../flow.ts'
import { fanIn } from '../junction.ts'
import { FanIn } from '../junctions/fan-in.ts'
import type { Lane } from '../junctions/lane.ts'
import { loseItem } from '../lose-item.ts'
import { endsEarly, type FanInOptions } from './options.ts'
import type { ItemsOf } from './zip-with.ts'

/**
 * The newest items of all flows, each time one of them has a new one (combineLatest). Until every flow has had an item
 * newer items replace older ones; from then on every item is seen once when it is new.
 *
 * Emits: when an input has an item and all have had one. Backpressures: each input when one of its items waits.
 * Completes: when all inputs have, one has without an item, or the first with `eagerComplete`. Cancels: when downstream
 * cancels; the other inputs when one fails. Loses: nothing; an item that is replaced before all have had one counts as
 * filtered.
 */
export function zipLatest<const F extends readonly Flow<any>[]>(
  flows: F,
  options: FanInOptions = {},
): Flow<ItemsOf<F>> {
  const isEager = endsEarly(options)
  return fanIn<ItemsOf<F>>(
    'zipLatest',
    flows,
    { ...(options.name !== undefined && { name: options.name }), cardinality: 'many', bound: 2 * flows.length },
    (env, stage) => new ZipLatest(flows.length, isEager, false, env, stage),
  )
}

/**
 * Each item with the newest of another flow; items wait until the other flow has had one. The other flow is read as
 * fast as it comes: put a policy in front of what cannot be slowed.
 *
 * Emits: when an item arrives and the other flow has had one. Backpressures: when downstream does, or the other flow has
 * had nothing. Completes: when upstream completes, or the other flow has without an item. Cancels: when downstream
 * cancels; the other flow when upstream has ended. Loses: nothing; items of the other flow that are replaced count as
 * filtered.
 */
export function withLatestFrom<U>(other: Flow<U>): <T>(flow: Flow<T>) => Flow<[T, U]> {
  return <T>(flow: Flow<T>) =>
    fanIn<[T, U]>(
      'withLatestFrom',
      [flow, other],
      { cardinality: 'many', bound: 4 },
      (env, stage) => new ZipLatest(2, false, true, env, stage),
    )
}

interface Latest {
  readonly value: unknown
  /** Our own share of its account; every result has one of its own. */
  readonly context: Context | undefined
}

class ZipLatest extends FanIn {
  readonly #isEager: boolean
  /** Only the first lane brings results about. */
  readonly #isLed: boolean
  readonly #latest: (Latest | undefined)[]
  /** The lane that is looked at first, so that none keeps the others out. */
  #turn = 0

  constructor(inputs: number, isEager: boolean, isLed: boolean, env: RunEnvironment, stage: StageAccount) {
    super(inputs, 1, env, stage)
    this.#isEager = isEager
    this.#isLed = isLed
    this.#latest = Array.from({ length: inputs })
  }

  protected hand(port: Port): void {
    const { lanes } = this
    for (let empty = 0; empty < lanes.length && port.n > 0;) {
      const at = this.#turn
      const lane = lanes[at] as Lane
      this.#turn = (at + 1) % lanes.length
      if (lane.length === 0 || !this.#mayTake(at)) {
        empty++
        continue
      }
      empty = 0
      lane.take()
      this.#replace(at, { value: lane.taken, context: lane.context })
      const goesOn = this.#emitsAt(at) ? this.#emitAll(port) : port.tick(1)
      lane.grant()
      if (!goesOn) return
    }
  }

  /** An item that leads waits for the others; others are read as they come. */
  #mayTake(at: number): boolean {
    return !this.#isLed || at !== 0 || this.#latest.every((latest, other) => other === 0 || latest !== undefined)
  }

  #emitsAt(at: number): boolean {
    return (!this.#isLed || at === 0) && this.#latest.every((latest) => latest !== undefined)
  }

  #emitAll(port: Port): boolean {
    const latest = this.#latest as Latest[]
    for (const { context } of latest) context?.lease?.split(1)
    return this.emit(
      port,
      latest.map(({ value }) => value),
      joinContexts(latest.map(({ context }) => context)),
    )
  }

  #replace(at: number, next: Latest | undefined): void {
    const last = this.#latest[at]
    this.#latest[at] = next
    if (last !== undefined) settle(last.context, 'filtered')
  }

  protected override endsAll(lane: Lane): boolean {
    if (lane.end?.failed === true || this.#isEager) return true
    if (this.#isLed && lane === this.lanes[0]) return true
    return lane.isOver && this.#latest[this.lanes.indexOf(lane)] === undefined
  }

  protected override isDry(): boolean {
    const isDry = super.isDry() || this.lanes.some((lane, at) => lane.isOver && this.#latest[at] === undefined)
    if (isDry) for (const at of this.#latest.keys()) this.#replace(at, undefined)
    return isDry
  }

  protected override held(): number {
    return this.#latest.filter((latest) => latest !== undefined).length
  }

  protected override abandon(reason: 'cancelled' | 'failed'): void {
    for (const [at, latest] of this.#latest.entries()) {
      this.#latest[at] = undefined
      if (latest !== undefined) loseItem(this.env, this.stage, latest.context, reason, 'returned')
    }
  }
}
