/** Generated code; its first argument holds the names that its text uses. */
export type Code = (scope: object, left: number | undefined) => any

/**
 * What is known of all segments over the same functions of the program: how many items they have handled,
 * and the code generated for them. V8 keeps feedback and optimised code with a function, so a flow that is
 * run again over the same functions starts hot.
 *
 *   root ─ add ─ odd ─ triple ─▶ HotCode      one level for each function, weakly held
 *
 * Bounded by the functions that the program itself keeps: a path goes with any function on it, and the
 * codes at its end are those of the few kinds of operators, pulls and tails.
 */
export class HotCode {
  items = 0
  readonly codes: Map<string, Code> = new Map()
  readonly #below = new WeakMap<object, HotCode>()

  /** What is known of the functions among `values`. Without any a segment shares nothing. */
  static of(values: readonly unknown[]): HotCode {
    let at = root
    for (const fn of values) {
      if (typeof fn !== 'function') continue
      let next = at.#below.get(fn)
      if (next === undefined) at.#below.set(fn, (next = new HotCode()))
      at = next
    }
    return at === root ? new HotCode() : at
  }
}

const root = new HotCode()
