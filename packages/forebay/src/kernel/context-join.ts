import { joinContexts, settle, type BulkLease, type Context, type Outcome, type OwnContext } from './context.ts'

/** The contexts of items that become one, as they come; those that are all the same are only counted. */
export class ContextJoin {
  /** Bounded by the items of which one is made. */
  #contexts: Context[] = []
  /** Items with the first of them, beyond one. */
  #more = 0
  #own: OwnContext | undefined

  /** Joins at once what the program has given it, with code of the program: if that throws, the item is not among them. */
  add(context: Context | undefined): void {
    if (context === undefined) return
    const { own } = context
    if (own !== undefined) this.#own = this.#own?.join(own) ?? own
    if (context === this.#contexts[0] && context === context.lease && (context as BulkLease).records !== undefined)
      this.#more++
    else this.#contexts.push(context)
  }

  /** The context of what has been made of them, and starts anew. */
  take(): Context | undefined {
    const own = this.#own
    return joinContexts(this.#all(), own)
  }

  /** Ends the account of each, and starts anew. */
  settle(outcome: Outcome, reason: unknown): void {
    for (const context of this.#all()) settle(context, outcome, reason)
  }

  /** With one context of many in the place of those that were only counted. */
  #all(): Context[] {
    const contexts = this.#contexts
    if (this.#more > 0) {
      const bulk = contexts[0]?.lease as BulkLease
      contexts[0] = bulk.of((this.#more + 1) * (bulk.records as number))
    }
    this.#contexts = []
    this.#more = 0
    this.#own = undefined
    return contexts
  }
}
