import { settle, type Context } from './context.ts'
import type { Shed } from './shed.ts'
import type { Totals } from './totals.ts'

/** What an edge has lost, by reason. Every lost item is counted, its account ended, and the edge's listener told. */
export class Losses {
  total = 0
  readonly byReason: Record<string, number> = {}
  readonly #totals: Totals
  readonly #listener: ((value: any, reason: string) => void) | undefined

  constructor(totals: Totals, listener: ((value: any, reason: string) => void) | undefined) {
    this.#totals = totals
    this.#listener = listener
  }

  add(value: unknown, context: Context | undefined, reason: string, cause: string | Shed = reason): void {
    this.total++
    this.byReason[reason] = (this.byReason[reason] ?? 0) + 1
    this.#totals.discarded(context, reason)
    if (context !== undefined) settle(context, 'dropped', cause)
    this.#listener?.(value, reason)
  }
}
