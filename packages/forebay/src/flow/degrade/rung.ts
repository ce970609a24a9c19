import { checkFunction, checkInteger, show } from '../../kernel/check.ts'

/** One way to handle items, with its name. What it asks of downstream should be less with every rung. */
export type Rung<T, U> = MappedRung<T, U> | SummaryRung<T, U> | CachedRung<T>

/** Each item, or one in `every`. */
export interface MappedRung<T, U> {
  readonly name: string
  readonly fn: (item: T) => U
  /** One item in so many, the first of them; the others are lost with the reason `degraded`. Default 1. */
  readonly every?: number
}

/** So many items as one. */
export interface SummaryRung<T, U> {
  readonly name: string
  /** Items in a summary; fewer when the rung changes or the flow ends. */
  readonly window: number
  readonly summary: (items: readonly T[]) => U
}

/** The last result that `fn` of a better rung has made for the same key; an item whose key has none is lost with the reason `degraded`. */
export interface CachedRung<T> {
  readonly name: string
  readonly key: (item: T) => unknown
  /** Keys that are remembered; default 1000. The one longest without a new result is forgotten. */
  readonly max?: number
}

/** The rungs of a ladder, checked. */
export function checkRungs<T, U>(levels: readonly Rung<T, U>[]): readonly Rung<T, U>[] {
  if (!Array.isArray(levels) || levels.length < 2 || levels.length > 16) {
    throw new RangeError(`levels: expected 2 to 16 rungs, got ${Array.isArray(levels) ? levels.length : show(levels)}`)
  }
  for (const level of levels) checkRung(level)
  return levels
}

function checkRung(rung: Rung<any, any>): void {
  const { name } = rung
  if (typeof name !== 'string' || name === '') throw new TypeError(`level name: expected a name, got ${show(name)}`)
  if ('summary' in rung) {
    checkFunction(`${name} summary`, rung.summary)
    checkInteger(`${name} window`, rung.window, 1, 65_536)
  } else if ('key' in rung) {
    checkFunction(`${name} key`, rung.key)
    checkInteger(`${name} max`, rung.max ?? 1000, 1)
  } else {
    checkFunction(`${name} fn`, rung.fn)
    checkInteger(`${name} every`, rung.every ?? 1, 1)
  }
}
