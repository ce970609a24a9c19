import type { Clock } from '../kernel/clock.ts'
import type { Context } from '../kernel/context.ts'
import { Alarm } from './alarm.ts'

/** Items that gather for a call, closed by number or by time. The owner bounds how many come. */
export class Gathering<A> {
  values: A[] = []
  contexts: (Context | undefined)[] = []
  /** It is full, has waited long enough, or nothing more comes. */
  isDue = false
  readonly #items: number
  readonly #withinMs: number
  readonly #alarm: Alarm

  constructor(items: number, withinMs: number, clock: Clock, onDue: () => void) {
    this.#items = items
    this.#withinMs = withinMs
    this.#alarm = new Alarm(clock, () => {
      this.isDue = true
      onDue()
    })
  }

  get length(): number {
    return this.values.length
  }

  add(value: A, context: Context | undefined): void {
    this.values.push(value)
    this.contexts.push(context)
    if (this.values.length >= this.#items) this.isDue = true
    else if (this.values.length === 1) this.#alarm.set(this.#withinMs)
  }

  /** Takes everything and starts anew. */
  take(): { values: A[]; contexts: (Context | undefined)[] } {
    const { values, contexts } = this
    this.values = []
    this.contexts = []
    this.isDue = false
    this.#alarm.close()
    return { values, contexts }
  }
}
