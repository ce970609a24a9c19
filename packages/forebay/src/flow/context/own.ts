import { noRecord, type Context, type OwnContext } from '../../kernel/context.ts'

/** What {@link withContext} has given an item, and the scope in which it came. */
export class Own implements OwnContext {
  readonly value: unknown
  /** Kept by those who restore it, such as `carryAsyncContext`. */
  readonly scope: unknown
  readonly #merge: ((first: any, next: any) => unknown) | undefined

  constructor(value: unknown, merge: ((first: any, next: any) => unknown) | undefined, scope: unknown) {
    this.value = value
    this.scope = scope
    this.#merge = merge
  }

  join(next: OwnContext): OwnContext {
    if (this.#merge === undefined) return this
    return new Own(this.#merge(this.value, next.value), this.#merge, this.scope)
  }

  in(scope: unknown): Own {
    return new Own(this.value, this.#merge, scope)
  }

  with(value: unknown): Own {
    return new Own(value, this.#merge, this.scope)
  }
}

/** The context of an item that takes `own` along. One that an operator has made of no record takes nothing along. */
export function give(context: Context | undefined, own: Own): Context | undefined {
  return context === noRecord ? context : { ...context, own }
}

/** What the item takes along. */
export function ownOf(context: Context | undefined): Own | undefined {
  return context?.own as Own | undefined
}
