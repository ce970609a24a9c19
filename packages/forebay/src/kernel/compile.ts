import { settle, type Context } from './context.ts'
import type { Stateless } from './fuse.ts'
import type { Step } from './operator.ts'

let allowed = true
let generated = 0

const filtered = (context: Context): void => settle(context, 'filtered')

/**
 * Generates one function for a run of stateless operators, with call sites of its own: type feedback of
 * the rest of the program no longer slows it down. Costs about 25 µs, so it is done only for a segment
 * that has handled thousands of items. `undefined` where a content security policy forbids it, for good.
 *
 * Each body carries a number: two identical bodies would share V8's compilation cache and their feedback.
 */
export function compile(operators: readonly Stateless[], next: Step): Step | undefined {
  if (!allowed || operators.length === 0) return undefined
  const names = operators.map((_, index) => `f${index}`)
  const body = operators.map(({ kind }, index) => {
    if (kind === 'map') return `v=f${index}(v);`
    if (kind === 'filter') return `if(!f${index}(v)){if(c!==undefined)filtered(c);return}`
    return `f${index}(v);`
  })
  const source = `"use strict";/*${generated++}*/const [${names.join()}]=f;return function(v,c){${body.join('')}next(v,c)}`
  try {
    // Only operator kinds and indices go into the text, never anything a caller wrote.
    // oxlint-disable-next-line typescript/no-implied-eval
    const make = new Function('f', 'next', 'filtered', source) as (f: unknown, next: Step, filtered: unknown) => Step
    return make(
      operators.map(({ fn }) => fn),
      next,
      filtered,
    )
  } catch {
    allowed = false
    return undefined
  }
}
