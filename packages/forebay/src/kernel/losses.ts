import { settle, type Context } from './context.ts'
import type { EdgeOptions } from './edge-options.ts'
import { Shed } from './shed.ts'
import type { Totals } from './totals.ts'

interface LossEnvironment {
  readonly totals: Totals
  fail(error: unknown): void
}

/** What an edge has lost, by reason. Every lost item is counted, its account ended, and the edge's listener told. */
export class Losses {
  total = 0
  readonly byReason: Record<string, number> = {}
  readonly #env: LossEnvironment
  readonly #edge: Pick<EdgeOptions, 'name' | 'onDrop'>

  constructor(edge: Pick<EdgeOptions, 'name' | 'onDrop'>, env: LossEnvironment) {
    this.#env = env
    this.#edge = edge
  }

  add(value: unknown, context: Context | undefined, reason: string): void {
    this.total++
    this.byReason[reason] = (this.byReason[reason] ?? 0) + 1
    this.#env.totals.discarded(context, reason)
    if (context !== undefined) {
      settle(context, 'dropped', reason === 'reject' ? new Shed({ reason: 'line', gate: this.#edge.name }) : reason)
    }
    try {
      this.#edge.onDrop?.(value, reason)
    } catch (error) {
      // A listener has no stage of its own to fail; the edge is still at work on the item that comes.
      void Promise.resolve().then(() => this.#env.fail(error))
    }
  }
}
