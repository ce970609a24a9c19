import { checkFunction, checkInteger, checkNumber } from '../../kernel/check.ts'
import type { Context } from '../../kernel/context.ts'
import { milliseconds, type Duration } from '../../kernel/duration.ts'
import { OrderedHold } from '../../kernel/hold.ts'
import type { Port } from '../../kernel/receiver.ts'
import { RingBuffer } from '../../kernel/ring-buffer.ts'
import type { RunEnvironment } from '../../kernel/run-environment.ts'
import type { StageAccount } from '../../kernel/stage-account.ts'
import type { Flow } from '../flow.ts'
import { junction } from '../junction.ts'
import { Passage } from '../junctions/passage.ts'

/** A timer may ring a fraction of a millisecond early; that counts as on time. */
const EARLY_MS = 0.5

/** How many items may wait at once. */
export interface DelayOptions {
  /** Default 1,024; then upstream waits, so that no more than this many pass in the time of one delay. */
  items?: number
  name?: string
}

/**
 * Each item, later by `by`, a duration or what a function says for the item; the order stays, so an item is never
 * earlier than those before it. For a policy other than waiting when too many are held, put a `buffer` before it.
 *
 * Emits: when the time of the oldest item has come. Backpressures: when `items` are held. Completes: when upstream has and
 * nothing is held. Cancels: when downstream cancels. Loses: nothing.
 */
export function delay<T>(by: Duration | ((item: T) => number), options: DelayOptions = {}): (flow: Flow<T>) => Flow<T> {
  const items = checkInteger('items', options.items ?? 1024, 1, 0xffffff)
  const msOf = typeof by === 'function' ? perItem(by) : always(milliseconds('delay', by))
  return junction<T, T>(
    'delay',
    { ...(options.name !== undefined && { name: options.name }), cardinality: 'one', bound: items, sync: false },
    (env, stage) => new Delay<T>(msOf, items, env, stage),
  )
}

function perItem<T>(by: (item: T) => number): (item: T) => number {
  checkFunction('delay', by)
  return (item) => checkNumber('delay of an item', by(item), 0, Number.MAX_SAFE_INTEGER)
}

function always(ms: number): () => number {
  return () => ms
}

class Delay<T> extends Passage<T, T> {
  readonly #msOf: (item: T) => number
  readonly #items: number
  readonly #hold: OrderedHold
  /** When each held item is due; never falling. */
  readonly #due: RingBuffer<number>
  #lastDue = -Infinity

  constructor(msOf: (item: T) => number, items: number, env: RunEnvironment, stage: StageAccount) {
    super(env, stage)
    this.#msOf = msOf
    this.#items = items
    this.#hold = new OrderedHold(items)
    this.#due = new RingBuffer(items)
  }

  protected take(item: T, context: Context | undefined): void {
    const due = this.env.clock.now() + this.#msOf(item)
    this.#lastDue = Math.max(due, this.#lastDue)
    this.#hold.put(item, context, 0)
    this.#due.push(this.#lastDue)
    if (this.#hold.length === 1) this.#wait()
  }

  protected override isReady(): boolean {
    return this.#hold.length > 0 && this.#left() <= EARLY_MS
  }

  protected hand(port: Port): void {
    while (this.isReady()) {
      this.#due.shift()
      this.#hold.take()
      if (!this.emit(port, this.#hold.taken as T, this.#hold.context)) break
    }
    this.#wait()
  }

  protected room(): number {
    return this.#items - this.#hold.length
  }

  protected held(): number {
    return this.#hold.length
  }

  protected abandon(reason: string): void {
    while (this.#hold.length > 0) {
      this.#due.shift()
      this.#hold.take()
      this.lose(this.#hold.context, reason, 'returned')
    }
  }

  #left(): number {
    return (this.#due.at(0) as number) - this.env.clock.now()
  }

  /** What is due already waits for downstream, not for time. It may have become due since it was last looked at. */
  #wait(): void {
    if (this.#hold.length === 0) return
    const left = this.#left()
    if (left > EARLY_MS) this.setAlarm(left)
    else if (this.hasCredit()) this.port.wake()
  }
}
