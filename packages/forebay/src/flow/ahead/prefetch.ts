import { checkInteger } from '../../kernel/check.ts'
import type { Context } from '../../kernel/context.ts'
import { OrderedHold } from '../../kernel/hold.ts'
import type { Port } from '../../kernel/receiver.ts'
import type { RunEnvironment } from '../../kernel/run-environment.ts'
import type { StageAccount } from '../../kernel/stage-account.ts'
import type { Flow } from '../flow.ts'
import { junction } from '../junction.ts'
import { Passage } from '../junctions/passage.ts'
import { AdaptiveWindow } from './adaptive-window.ts'

/** How far {@link prefetch} may go. */
export interface PrefetchOptions {
  /** Items it may hold or have asked for at most. */
  max: number
  name?: string
}

/**
 * Items are asked for ahead of downstream, as many as it takes to keep it busy and no more: the window is the rate at
 * which items are wanted times the time that upstream takes for one (Little's law). It grows while downstream waits and
 * growing pays, and shrinks when less would do. `run.inspect()` shows the present `window` of the stage.
 *
 * Emits: when downstream wants an item and one is held. Backpressures: when as many items as the window are held or on
 * their way. Completes: when upstream has and nothing is held. Cancels: when downstream cancels. Loses: nothing.
 *
 * @example
 * flow(pages).mapAsync(fetchPage, { concurrency: 32 }).via(prefetch({ max: 256 }))
 */
export function prefetch<T>(options: PrefetchOptions): (flow: Flow<T>) => Flow<T> {
  const max = checkInteger('max', options.max, 1)
  const name = options.name ?? `prefetch(${max})`
  return junction<T, T>(
    'prefetch',
    { name, cardinality: 'one', bound: max },
    (env, stage) => new Prefetch<T>(max, env, stage),
  )
}

/**
 * Items in order, and what the window is told: for how long downstream waits, and how long one credit at a time takes to
 * come back as an item.
 *
 * Invariant: held + granted ≤ max, and credit is granted only up to the window.
 */
class Prefetch<T> extends Passage<T, T> {
  readonly #window: AdaptiveWindow
  readonly #hold: OrderedHold
  #arrived = 0
  /** Which item answers the credit that is timed, and since when it is awaited; 0 while none is timed. */
  #timed = 0
  #timedAt = 0
  /** Since when downstream waits; -1 while it does not. */
  #waitsSince = -1

  constructor(max: number, env: RunEnvironment, stage: StageAccount) {
    super(env, stage)
    this.#window = new AdaptiveWindow(max, env.clock.now())
    this.#hold = new OrderedHold(max)
    const { refresh } = stage
    stage.refresh = () => {
      refresh?.()
      stage.window = this.#window.size
    }
  }

  protected take(value: T, context: Context | undefined): void {
    this.#arrived++
    if (this.#arrived === this.#timed) {
      this.#timed = 0
      this.#window.took(this.env.meter.now() - this.#timedAt)
    }
    this.#hold.put(value, context, 0)
  }

  protected hand(port: Port): void {
    const hold = this.#hold
    let handed = 0
    while (hold.length > 0) {
      hold.take()
      handed++
      if (!this.emit(port, hold.taken as T, hold.context)) break
    }
    if (this.#window.handed(handed)) this.#window.adapt(this.env.meter.read())
  }

  protected room(): number {
    // Credit that is out is not taken back: a window that shrinks does so as items come.
    return Math.max(this.granted, this.#window.size - this.#hold.length)
  }

  protected held(): number {
    return this.#hold.length
  }

  protected override settle(): void {
    const before = this.granted
    super.settle()
    if (this.#timed > 0 || this.granted <= before) return
    this.#timed = this.#arrived + this.granted
    this.#timedAt = this.env.meter.now()
  }

  protected override account(): void {
    super.account()
    const waits = this.#hold.length === 0 && this.hasCredit()
    if (waits === this.#waitsSince >= 0) return
    const now = this.env.meter.now()
    if (!waits) this.#window.waited(now - this.#waitsSince)
    this.#waitsSince = waits ? now : -1
  }

  protected abandon(reason: 'cancelled' | 'failed'): void {
    while (this.#hold.length > 0) {
      this.#hold.take()
      this.lose(this.#hold.context, reason, 'returned')
    }
  }
}
