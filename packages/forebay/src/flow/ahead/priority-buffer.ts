import { checkFunction, checkInteger, checkOneOf, show } from '../../kernel/check.ts'
import type { Context } from '../../kernel/context.ts'
import { OrderedHold } from '../../kernel/hold.ts'
import { UNBOUNDED, type Port } from '../../kernel/receiver.ts'
import type { RunEnvironment } from '../../kernel/run-environment.ts'
import type { StageAccount } from '../../kernel/stage-account.ts'
import type { Flow } from '../flow.ts'
import { junction } from '../junction.ts'
import { Passage } from '../junctions/passage.ts'
import { Shares } from '../shares.ts'

const LEVELS = 4

/** What a {@link priorityBuffer} holds, and in which order it hands it on. */
export interface PriorityBufferOptions<T> {
  /** Items it may hold, of all levels together. */
  items: number
  /** Level of an item, 0 to 3, 0 the most important; default the level in its context, else 1. */
  level?: (item: T) => number
  /**
   * The shares of levels 0 to 3 while all have items: with `[8, 4, 2, 1]` one item in fifteen is of level 3, so that none
   * waits for ever. Whole numbers from 1. Default: strictly the most important first.
   */
  weights?: readonly number[]
  /** What happens when it is full; default `backpressure`. */
  overflow?: 'backpressure' | 'drop-lowest'
  name?: string
}

/**
 * A buffer that hands on the most important item first; within a level, in order of arrival. With `backpressure` what is
 * important waits in front of a full buffer like everything else: where it must always come in, let the buffer
 * `drop-lowest`, which gives up the oldest of the least important items, or the arriving one when none is less important.
 * A `level` that is none fails the flow with a `RangeError`.
 *
 * Emits: when downstream wants an item and one is held. Backpressures: when it is full; never with `drop-lowest`.
 * Completes: when upstream has and nothing is held. Cancels: when downstream cancels. Loses: nothing with `backpressure`;
 * else what is dropped, counted as `drop-lowest`.
 *
 * @example
 * flow(jobs).via(priorityBuffer({ items: 100, level: (job) => job.level, weights: [8, 4, 2, 1] }))
 */
export function priorityBuffer<T>(options: PriorityBufferOptions<T>): (flow: Flow<T>) => Flow<T> {
  const { level, weights, overflow = 'backpressure' } = options
  const items = checkInteger('items', options.items, 1)
  if (level !== undefined) checkFunction('level', level)
  if (weights !== undefined && (!Array.isArray(weights) || weights.length !== LEVELS)) {
    throw new TypeError(`weights: expected a list of ${LEVELS} numbers, got ${show(weights)}`)
  }
  for (const weight of weights ?? []) checkInteger('weights', weight, 1, 65_536)
  checkOneOf('overflow', overflow, ['backpressure', 'drop-lowest'])
  const isLossy = overflow === 'drop-lowest'
  return junction<T, T>(
    'priorityBuffer',
    {
      name: options.name ?? `priorityBuffer(${items})`,
      cardinality: isLossy ? 'filter' : 'one',
      bound: items,
      ...(isLossy && { loses: 'the least important items while it is full' }),
    },
    (env, stage) => new PriorityBuffer<T>({ items, level, weights, isLossy }, env, stage),
  )
}

interface Rules<T> {
  readonly items: number
  readonly level: ((item: T) => number) | undefined
  readonly weights: readonly number[] | undefined
  readonly isLossy: boolean
}

/** A lane for each level. */
class PriorityBuffer<T> extends Passage<T, T> {
  readonly #rules: Rules<T>
  readonly #shares: Shares | undefined
  readonly #lanes: readonly OrderedHold[]
  #held = 0

  constructor(rules: Rules<T>, env: RunEnvironment, stage: StageAccount) {
    super(env, stage)
    this.#rules = rules
    if (rules.weights !== undefined) this.#shares = new Shares(rules.weights)
    this.#lanes = Array.from({ length: LEVELS }, () => new OrderedHold(rules.items))
  }

  protected take(value: T, context: Context | undefined): void {
    const { items, level } = this.#rules
    const at = checkInteger('level', level === undefined ? (context?.level ?? 1) : level(value), 0, LEVELS - 1)
    // Full only where it may drop: else no item comes then.
    if (this.#held >= items && !this.#dropBelow(at)) return this.lose(context, 'drop-lowest')
    this.#held++
    ;(this.#lanes[at] as OrderedHold).put(value, context, 0)
  }

  protected hand(port: Port): void {
    while (this.#held > 0) {
      const lane = this.#next()
      lane.take()
      this.#held--
      if (!this.emit(port, lane.taken as T, lane.context)) break
    }
  }

  protected room(): number {
    if (!this.#rules.isLossy) return this.#rules.items - this.#held
    return this.granted > 0 ? this.granted : UNBOUNDED
  }

  protected held(): number {
    return this.#held
  }

  protected abandon(reason: 'cancelled' | 'failed'): void {
    for (const lane of this.#lanes) {
      while (lane.length > 0) {
        lane.take()
        this.#held--
        this.lose(lane.context, reason, 'returned')
      }
    }
  }

  /** The lane that is taken from next; one holds something. */
  #next(): OrderedHold {
    const at = this.#shares?.next(this.#lanes) ?? this.#lanes.findIndex(({ length }) => length > 0)
    return this.#lanes[at] as OrderedHold
  }

  /** Gives up the oldest of the least important items, if one is less important than `level`. */
  #dropBelow(level: number): boolean {
    const lowest = this.#lanes.findLastIndex(({ length }) => length > 0)
    if (lowest <= level) return false
    const lane = this.#lanes[lowest] as OrderedHold
    lane.take()
    this.#held--
    this.lose(lane.context, 'drop-lowest')
    return true
  }
}
