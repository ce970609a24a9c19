import type { Context } from './context.ts'
import { Edge } from './edge.ts'
import type { EdgeOptions, Offered, Ttl } from './edge-options.ts'
import { LatestHold, OrderedHold, type Held } from './hold.ts'
import type { Port } from './receiver.ts'
import type { RunEnvironment } from './run-environment.ts'

/**
 * An edge whose items expire: those that have been in it for `ttl` are dropped with the reason `expired`, whoever wants
 * them. One timer, set for the oldest item, makes their room free at once; besides, every look at what is held drops
 * what has expired by then, so that a timer that rings late lets nothing through.
 */
export class AgingEdge extends Edge {
  readonly #ttlMs: number
  #stop: (() => void) | undefined
  readonly #onTimer = (): void => {
    this.#stop = undefined
    const isEmpty = this.length === 0
    if (!isEmpty) this.#watch()
    this.replenish()
    if (isEmpty && this.end !== undefined) this.tellEnd()
  }

  constructor(options: EdgeOptions, env: RunEnvironment) {
    const { overflow, key, items } = options
    super(options, env, overflow === 'latest' ? new AgingLatestHold(key) : new OrderedHold(items, true))
    this.#ttlMs = (options.ttl as Ttl).ms
  }

  /** Of what has not expired; what has is dropped. */
  override get length(): number {
    const { hold } = this
    const due = this.env.clock.now() - this.#ttlMs
    while (hold.length > 0 && (hold.oldestAt as number) <= due) {
      if (hold instanceof AgingLatestHold) hold.takeOldest()
      else hold.take()
      this.evict('expired')
    }
    return hold.length
  }

  /** What has expired makes room before the policy looks for a victim. */
  override offer(value: unknown, context: Context | undefined): Offered {
    this.env.meter.read() // an item is marked with the last reading
    void this.length
    const offered = super.offer(value, context)
    if (this.#stop === undefined && this.hold.length > 0) this.#watch()
    return offered
  }

  override run(port: Port): void {
    super.run(port)
    if (this.end !== undefined && this.hold.length === 0) this.#stop?.()
  }

  override cancel(reason: unknown): void {
    super.cancel(reason)
    this.#stop?.()
  }

  #watch(): void {
    const { clock } = this.env
    this.#stop = clock.after((this.hold.oldestAt as number) + this.#ttlMs - clock.now(), this.#onTimer)
  }
}

/** The newest item per key, in the order in which keys came; beside it, the keys in the order of the ages of their items. */
class AgingLatestHold extends LatestHold {
  readonly #ages = new Map<unknown, number>()

  override get oldestAt(): number {
    return this.#ages.values().next().value ?? Infinity
  }

  override replace(value: unknown, context: Context | undefined, bytes: number, at: number): Held | undefined {
    const held = super.replace(value, context, bytes, at)
    if (held !== undefined) this.#renew(value, at)
    return held
  }

  override put(value: unknown, context: Context | undefined, bytes: number, at: number): void {
    super.put(value, context, bytes, at)
    this.#renew(value, at)
  }

  takeOldest(): void {
    this.takeKey(this.#ages.keys().next().value)
  }

  protected override takeKey(key: unknown): void {
    super.takeKey(key)
    this.#ages.delete(key)
  }

  #renew(value: unknown, at: number): void {
    const key = this.keyOf(value)
    this.#ages.delete(key)
    this.#ages.set(key, at)
  }
}
