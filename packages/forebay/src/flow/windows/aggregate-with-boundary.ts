import { checkFunction, checkInteger } from '../../kernel/check.ts'
import { joinContexts, type Context } from '../../kernel/context.ts'
import { milliseconds, type Duration } from '../../kernel/duration.ts'
import type { Port } from '../../kernel/receiver.ts'
import type { RunEnvironment } from '../../kernel/run-environment.ts'
import type { StageAccount } from '../../kernel/stage-account.ts'
import type { Flow } from '../flow.ts'
import { junction } from '../junction.ts'
import { Passage } from '../junctions/passage.ts'

/** How items become aggregates, and where one ends. */
export interface AggregateOptions<T, S> {
  /** The state that the first item begins with. */
  seed: (item: T) => S
  /** Adds an item to the state; an error fails the flow. */
  fold: (state: S, item: T) => S
  /** Whether the state ends with the item that was added last; default never. */
  isFull?: (state: S) => boolean
  /** Items in one state at most. */
  items: number
  /** For how long items are added to a state, from its first one; default without end. */
  within?: Duration
  /** A state also ends when no item has come for so long; default it does not. */
  gap?: Duration
  name?: string
}

/**
 * Items folded into a state that ends where `isFull` says so, after `items`, `within` or a `gap`: batches whose end only
 * the data knows. The last state is handed on however full it is, also when upstream fails.
 *
 * Emits: when a state has ended and downstream wants it. Backpressures: when a state that has ended waits for downstream.
 * Completes: when upstream has and nothing is held. Cancels: when downstream cancels. Loses: nothing; items of an
 * unfinished state are returned when the flow is cancelled.
 */
export function aggregateWithBoundary<T, S>(options: AggregateOptions<T, S>): (flow: Flow<T>) => Flow<S> {
  return aggregate('aggregateWithBoundary', options)
}

/** The same under the name of another operator. */
export function aggregate<T, S>(kind: string, options: AggregateOptions<T, S>): (flow: Flow<T>) => Flow<S> {
  const { seed, fold, isFull = never, within, gap, name = kind } = options
  const rules: Rules<T, S> = {
    seed: checkFunction('seed', seed),
    fold: checkFunction('fold', fold),
    isFull: checkFunction('isFull', isFull),
    items: checkInteger('items', options.items, 1),
    withinMs: within === undefined ? Infinity : milliseconds('within', within),
    gapMs: gap === undefined ? Infinity : milliseconds('gap', gap),
  }
  return junction<T, S>(
    kind,
    { name, cardinality: 'join', bound: rules.items },
    (env, stage) => new Aggregate(rules, env, stage),
  )
}

const never = (): boolean => false

interface Rules<T, S> {
  readonly seed: (item: T) => S
  readonly fold: (state: S, item: T) => S
  readonly isFull: (state: S) => boolean
  readonly items: number
  readonly withinMs: number
  readonly gapMs: number
}

/** One state and the contexts of its items. While a state that has ended waits, no item may come. */
class Aggregate<T, S> extends Passage<T, S> {
  readonly #rules: Rules<T, S>
  #state: S | undefined
  #count = 0
  /** Of the items in the state; bounded like them. */
  #contexts: (Context | undefined)[] = []
  #isDue = false
  #beganAt = 0

  constructor(rules: Rules<T, S>, env: RunEnvironment, stage: StageAccount) {
    super(env, stage)
    this.#rules = rules
  }

  protected take(item: T, context: Context | undefined): void {
    const { seed, fold, isFull, items } = this.#rules
    const state = this.#count === 0 ? seed(item) : fold(this.#state as S, item)
    const isDue = isFull(state) || this.#count + 1 >= items
    this.#state = state
    this.#count++
    if (context !== undefined) this.#contexts.push(context)
    this.#isDue = isDue
    if (isDue) this.clearAlarm()
    else this.#wait()
  }

  protected hand(port: Port): void {
    const state = this.#state as S
    const context = this.#contexts.length === 0 ? undefined : joinContexts(this.#contexts)
    this.#clear()
    this.emit(port, state, context)
  }

  protected room(): number {
    return this.#isDue ? 0 : this.#rules.items - this.#count
  }

  protected held(): number {
    return this.#count
  }

  protected override isReady(): boolean {
    return this.#isDue
  }

  protected override rang(): void {
    this.#isDue = this.#count > 0
  }

  protected override flush(): void {
    this.#isDue = this.#count > 0
  }

  protected abandon(reason: 'cancelled' | 'failed'): void {
    const contexts = this.#contexts
    const uncounted = this.#count - contexts.length
    this.#clear()
    for (const context of contexts) this.lose(context, reason, 'returned')
    for (let n = 0; n < uncounted; n++) this.lose(undefined, reason, 'returned')
  }

  #wait(): void {
    const { withinMs, gapMs } = this.#rules
    if (withinMs === Infinity && gapMs === Infinity) return
    const now = this.env.clock.now()
    if (this.#count === 1) this.#beganAt = now
    this.setAlarm(Math.min(gapMs, Math.max(0, this.#beganAt + withinMs - now)))
  }

  #clear(): void {
    this.#state = undefined
    this.#count = 0
    this.#contexts = []
    this.#isDue = false
    this.clearAlarm()
  }
}
