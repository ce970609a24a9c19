import { settle, type Context } from '../../kernel/context.ts'
import type { JunctionNode, PlanNode } from '../../kernel/plan.ts'
import type { Port } from '../../kernel/receiver.ts'
import { RingBuffer } from '../../kernel/ring-buffer.ts'
import type { RunEnvironment } from '../../kernel/run-environment.ts'
import type { StageAccount } from '../../kernel/stage-account.ts'
import { FanOut } from './fan-out.ts'
import type { Outlet } from './outlet.ts'

/** Items asked for in one go at most, always within what every branch has asked for. */
const SLICE = 16

/** The plan of a broadcast to `outputs` branches; see `Flow.broadcast`. When the branch `leader` cancels, all end. */
export function broadcastNode(input: PlanNode, outputs: number, name = 'broadcast', leader?: number): JunctionNode {
  return {
    type: 'junction',
    kind: 'broadcast',
    name,
    inputs: [input],
    bound: SLICE,
    cardinality: 'many',
    slots: 1,
    sync: true,
    create: (env, stage) => new Broadcast(outputs, leader, env, stage),
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
class Broadcast extends FanOut {
  readonly #ring = new RingBuffer<{ readonly value: unknown; readonly context: Context | undefined }>(SLICE)
  /** Items that came so far; the ring holds the last of them. */
  #head = 0
  /** What every open branch wanted when it was last asked. */
  #wanted = 0
  readonly #leader: Outlet | undefined

  constructor(outputs: number, leader: number | undefined, env: RunEnvironment, stage: StageAccount) {
    super(outputs, env, stage)
    this.#leader = leader === undefined ? undefined : this.outlets[leader]
  }

  override outletClosed(outlet: Outlet, reason: unknown): void {
    super.outletClosed(outlet, reason)
    if (outlet === this.#leader) this.finish(reason)
  }

  protected take(value: unknown, context: Context | undefined): void {
    context?.lease?.split(this.outlets.reduce((sum, { isOpen }) => sum + (isOpen ? 1 : 0), -1))
    this.#ring.push({ value, context })
    this.#head++
    for (const outlet of this.outlets) this.wake(outlet)
  }

  protected hand(outlet: Outlet, port: Port): void {
    let left = port.left()
    let start = left
    while (port.n > 0 && outlet.cursor < this.#head) {
      const { value, context } = this.#at(outlet.cursor++)
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
    this.#forget()
  }

  protected room(): number {
    let wanted = SLICE
    for (const outlet of this.outlets) {
      if (!outlet.isOpen) continue
      const ahead = outlet.demand - (this.#head - outlet.cursor)
      if (ahead < wanted) wanted = ahead
    }
    this.#wanted = wanted
    return Math.min(wanted, SLICE - this.#ring.length)
  }

  /** The slowest branch sets the pace. */
  protected override isBlocked(): boolean {
    return this.#wanted <= 0
  }

  protected held(): number {
    return this.#ring.length
  }

  protected isDry(outlet: Outlet): boolean {
    return outlet.cursor >= this.#head
  }

  /** Its share of what it has not read. */
  protected abandon(outlet: Outlet): void {
    const outcome = this.env.signal.aborted ? 'returned' : 'filtered'
    while (outlet.cursor < this.#head) settle(this.#at(outlet.cursor++).context, outcome, 'cancelled')
    this.#forget()
  }

  #at(cursor: number): { readonly value: unknown; readonly context: Context | undefined } {
    return this.#ring.at(this.#ring.length - (this.#head - cursor))
  }

  /** Forgets what every branch has read. */
  #forget(): void {
    let slowest = this.#head
    for (const { isOpen, cursor } of this.outlets) if (isOpen && cursor < slowest) slowest = cursor
    while (this.#ring.length > this.#head - slowest) this.#ring.shift()
  }
}
