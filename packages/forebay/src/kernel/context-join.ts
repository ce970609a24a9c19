import { joinContexts, type BulkLease, type Context } from './context.ts'

/** The contexts of items that become one, as they come; those that are all the same are only counted. */
export class ContextJoin {
  /** Bounded by the items of which one is made. */
  #contexts: Context[] = []
  /** Items with the first of them, beyond one. */
  #more = 0

  add(context: Context | undefined): void {
    if (context === undefined) return
    if (context === this.#contexts[0] && context === context.lease && (context as BulkLease).records !== undefined)
      this.#more++
    else this.#contexts.push(context)
  }

  /** The context of what has been made of them, and starts anew. */
  take(): Context | undefined {
    const contexts = this.#contexts
    if (this.#more > 0) {
      const bulk = contexts[0]?.lease as BulkLease
      contexts[0] = bulk.of((this.#more + 1) * (bulk.records as number))
    }
    this.#contexts = []
    this.#more = 0
    return joinContexts(contexts)
  }
}
