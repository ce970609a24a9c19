import { settle, type Context } from '../../kernel/context.ts'
import type { Junction, JunctionNode, PlanNode } from '../../kernel/plan.ts'
import type { Port, Pull, Receiver, Upstream } from '../../kernel/receiver.ts'
import { RingBuffer } from '../../kernel/ring-buffer.ts'
import type { RunEnvironment } from '../../kernel/run-environment.ts'
import { BLOCKED, STARVED, type StageAccount } from '../../kernel/stage-account.ts'
import { Outlet, type OutletHost } from './outlet.ts'

/** Items asked for in one go at most, always within what every branch has asked for. */
const SLICE = 16

/** The plan of a broadcast to `outputs` branches; see `Flow.broadcast`. */
export function broadcastNode(input: PlanNode, outputs: number, name = 'broadcast'): JunctionNode {
  return {
    type: 'junction',
    kind: 'broadcast',
    name,
    inputs: [input],
    bound: SLICE,
    cardinality: 'many',
    slots: 1,
    sync: true,
    create: (env, stage) => new Broadcast(outputs, env, stage),
  }
}

/**
 * Every item to every open branch. Branches read one ring at their own cursors; an item is asked for when
 * all of them want one, so the slowest sets the pace unless an edge with a policy stands in its branch.
 *
 *   next ─▶ [ . . c d e . ]        a branch that has closed no longer counts
 *                 ▲     ▲
 *              slowest  fastest
 */
class Broadcast implements Junction, Receiver, OutletHost {
  readonly #env: RunEnvironment
  readonly #stage: StageAccount
  readonly #outlets: readonly Outlet[]
  readonly #ring = new RingBuffer<{ readonly value: unknown; readonly context: Context | undefined }>(SLICE)
  /** Items that came so far; the ring holds the last of them. */
  #head = 0
  #granted = 0
  #upstream: Upstream | undefined
  #end: { failed: boolean; error: unknown } | undefined

  constructor(outputs: number, env: RunEnvironment, stage: StageAccount) {
    this.#env = env
    this.#stage = stage
    this.#outlets = Array.from({ length: outputs }, () => new Outlet(this, env.meter))
    stage.refresh = () => {
      stage.inFlight = this.#ring.length
      stage.emitted = this.#outlets.reduce((sum, outlet) => sum + outlet.emitted, 0)
    }
  }

  receiver(): Receiver {
    return this
  }

  attach(_input: number, upstream: Upstream): void {
    this.#upstream = upstream
  }

  pull(output: number): Pull {
    return this.#outlets[output] as Outlet
  }

  /** A branch that nobody attached does not count. */
  open(): void {
    for (const outlet of this.#outlets) if (outlet.port === undefined) outlet.isOpen = false
  }

  next(value: unknown, context: Context | undefined): void {
    this.#granted--
    this.#stage.in++
    if (context?.lease !== undefined) {
      context.lease.split(this.#outlets.reduce((sum, { isOpen }) => sum + (isOpen ? 1 : 0), -1))
    }
    this.#ring.push({ value, context })
    this.#head++
    for (const { isOpen, port } of this.#outlets) if (isOpen && port !== undefined && port.n > 0) port.wake()
  }

  complete(): void {
    this.#endWith({ failed: false, error: undefined })
  }

  fail(error: unknown): void {
    this.#endWith({ failed: true, error })
  }

  serve(outlet: Outlet, port: Port): void {
    let left = port.left()
    let start = left
    while (port.n > 0 && outlet.cursor < this.#head) {
      const { value, context } = this.#ring.at(this.#ring.length - (this.#head - outlet.cursor))
      outlet.cursor++
      outlet.emitted++
      outlet.handed = context
      port.step(value, context)
      if (--left > 0) continue
      if (!port.tick(start)) {
        left = start
        break
      }
      left = start = port.left()
    }
    if (left < start) port.tick(start - left)
    this.#advance()
    if (this.#end !== undefined) this.#endRead(outlet)
  }

  outletClosed(outlet: Outlet, reason: unknown): void {
    const outcome = this.#env.signal.aborted ? 'returned' : 'filtered'
    for (; outlet.cursor < this.#head; outlet.cursor++) {
      settle(this.#ring.at(this.#ring.length - (this.#head - outlet.cursor)).context, outcome, 'cancelled')
    }
    if (this.#outlets.some((other) => other.isOpen)) this.#advance()
    else {
      while (this.#ring.length > 0) this.#ring.shift()
      if (this.#end === undefined) this.#upstream?.cancel(reason)
      this.#end ??= { failed: false, error: undefined }
    }
  }

  /** Forgets what every branch has read, and asks for what every branch still wants. */
  #advance(): void {
    let slowest = this.#head
    let wanted = SLICE
    for (const outlet of this.#outlets) {
      if (!outlet.isOpen) continue
      const behind = this.#head - outlet.cursor
      if (outlet.cursor < slowest) slowest = outlet.cursor
      if (outlet.demand - behind < wanted) wanted = outlet.demand - behind
    }
    while (this.#ring.length > this.#head - slowest) this.#ring.shift()
    if (this.#end !== undefined) return
    const missing = Math.min(wanted, SLICE - this.#ring.length) - this.#granted
    this.#stage.to(wanted > 0 ? STARVED : BLOCKED)
    if (missing <= 0) return
    this.#granted += missing
    this.#upstream?.request(missing)
  }

  #endWith(end: { failed: boolean; error: unknown }): void {
    this.#end ??= end
    for (const outlet of this.#outlets) this.#endRead(outlet)
  }

  /** An output ends once it has read everything; that needs no demand. */
  #endRead(outlet: Outlet): void {
    if (outlet.cursor < this.#head) return
    outlet.end(this.#end?.failed === true ? { error: this.#end.error } : undefined)
  }
}
