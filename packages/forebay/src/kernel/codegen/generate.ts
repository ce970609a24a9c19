import type { Code, HotCode } from './hot-code.ts'

let allowed = true
let generated = 0

/**
 * Generates a function of `scope` and `left` whose call sites no other code shares: type feedback of the rest of
 * the program no longer slows it down. That costs about 25 µs, and V8 milliseconds to optimise it, so it is
 * done only for what has handled many thousands of items, and kept in `hot`. `undefined` where a content
 * security policy forbids it, for good.
 *
 * Each text carries a number: two identical ones would share V8's compilation cache and their feedback. `part`
 * tells parts of one segment apart that have the same text.
 */
export function generate(hot: HotCode, part: number, scope: object, body: string): Code | undefined {
  const text = `const {${Object.keys(scope).join()}}=scope;${body}`
  const key = part + text
  let code = hot.codes.get(key)
  if (code !== undefined || !allowed) return code
  try {
    // Only operator kinds, indices and texts of this library go into it, never anything a caller wrote.
    // oxlint-disable-next-line typescript/no-implied-eval
    code = new Function('scope', 'left', `"use strict";/*${generated++}*/${text}`) as Code
    hot.codes.set(key, code)
  } catch {
    allowed = false
  }
  return code
}
