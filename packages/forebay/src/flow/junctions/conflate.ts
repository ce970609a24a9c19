import { checkFunction, checkInteger, checkNumber } from '../../kernel/check.ts'
import { joinContexts, type Context } from '../../kernel/context.ts'
import type { Port } from '../../kernel/receiver.ts'
import type { RunEnvironment } from '../../kernel/run-environment.ts'
import type { StageAccount } from '../../kernel/stage-account.ts'
import type { Flow } from '../flow.ts'
import { junction } from '../junction.ts'
import { Passage } from './passage.ts'

/** How items that nobody wants yet become one. */
export interface ConflateOptions<T, S> {
  /** The state that the first item begins with. */
  seed: (item: T) => S
  /** Adds an item to the state; an error fails the flow. */
  fold: (state: S, item: T) => S
  /** Items in one state; then upstream waits. */
  max: number
  /** What the items of one state may weigh together; the item that reaches it is its last. Default: without end. */
  weight?: number
  /** What an item weighs, a number from 0; default 1. */
  weightOf?: (item: T) => number
  name?: string
}

/**
 * Items pass one by one as long as downstream wants them; while it does not, they are folded into one state, which
 * goes out with the next demand. For sums, counts and latest values: nothing is dropped, and upstream is held back
 * only at `max` or `weight`.
 *
 * Emits: when downstream wants an item and there is a state. Backpressures: when a state holds `max` items or
 * weighs `weight`. Completes: when upstream has and the state is out. Cancels: when downstream cancels. Loses: nothing;
 * the state that is held then is returned.
 */
export function conflate<T, S>(options: ConflateOptions<T, S>): (flow: Flow<T>) => Flow<S> {
  const { seed, fold, max, name } = options
  checkFunction('seed', seed)
  checkFunction('fold', fold)
  checkInteger('max', max, 1, 65_536)
  if (options.weight !== undefined) checkNumber('weight', options.weight, 0, Infinity)
  if (options.weightOf !== undefined) checkFunction('weightOf', options.weightOf)
  return junction<T, S>(
    'conflate',
    { ...(name !== undefined && { name }), cardinality: 'join', bound: max },
    (env, stage) => new Conflate(options, env, stage),
  )
}

/** The state, and the contexts of the items in it. */
class Conflate<T, S> extends Passage<T, S> {
  readonly #seed: (item: T) => S
  readonly #fold: (state: S, item: T) => S
  readonly #max: number
  readonly #weight: number
  readonly #weightOf: (item: T) => number
  /** Of the items in the state. */
  #sum = 0
  #state: { value: S } | undefined
  #folded = 0
  /** Of the items in the state; bounded like them. */
  #contexts: (Context | undefined)[] = []

  constructor(options: ConflateOptions<T, S>, env: RunEnvironment, stage: StageAccount) {
    super(env, stage)
    this.#seed = options.seed
    this.#fold = options.fold
    this.#max = options.max
    this.#weight = options.weight ?? Infinity
    this.#weightOf = options.weightOf ?? one
  }

  protected take(item: T, context: Context | undefined): void {
    const weight = this.#weight === Infinity ? 0 : checkNumber('weight of an item', this.#weightOf(item), 0, Infinity)
    this.#state = { value: this.#state === undefined ? this.#seed(item) : this.#fold(this.#state.value, item) }
    this.#folded++
    this.#sum += weight
    if (context !== undefined) this.#contexts.push(context)
  }

  protected hand(port: Port): void {
    const { value } = this.#state as { value: S }
    const context = this.#contexts.length === 0 ? undefined : joinContexts(this.#contexts)
    this.#clear()
    this.emit(port, value, context)
  }

  /** One item while downstream wants one, so that it passes alone; else as many as the state may take. */
  protected room(): number {
    if (this.hasCredit()) return this.#folded === 0 ? 1 : 0
    const left = this.#max - this.#folded
    // What an item weighs is not known before it comes.
    return this.#weight === Infinity ? left : this.#sum < this.#weight ? Math.min(left, 1) : 0
  }

  protected held(): number {
    return this.#folded
  }

  protected abandon(reason: string): void {
    const contexts = this.#contexts
    const folded = this.#folded
    this.#clear()
    for (let i = 0; i < folded; i++) this.lose(contexts[i], reason, 'returned')
  }

  #clear(): void {
    this.#state = undefined
    this.#folded = 0
    this.#sum = 0
    this.#contexts = []
  }
}

const one = (): number => 1
