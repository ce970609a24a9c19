import { settle, type Context } from './context.ts'
import type { Stateless } from './fuse.ts'
import type { Step } from './operator.ts'
import type { TailCode } from './receiver.ts'

let allowed = true
let generated = 0

const filtered = (context: Context): void => settle(context, 'filtered')

/**
 * Generates one function for a run of stateless operators and what follows it, with call sites of its own:
 * type feedback of the rest of the program no longer slows it down. Costs about 25 µs, so it is done only
 * for a segment that has handled thousands of items. `undefined` where a content security policy forbids
 * it, for good.
 *
 * Each body carries a number: two identical bodies would share V8's compilation cache and their feedback.
 */
export function compile(operators: readonly Stateless[], next: Step, tail?: TailCode): Step | undefined {
  if (!allowed || (operators.length === 0 && tail === undefined)) return undefined
  const scope: Record<string, unknown> = { ...tail?.scope, filtered }
  if (tail === undefined) scope['next'] = next
  const body = operators.map(({ kind, fn }, index) => {
    scope[`f${index}`] = fn
    if (kind === 'map') return `v=f${index}(v);`
    if (kind === 'filter') return `if(!f${index}(v)){if(c!==undefined)filtered(c);return}`
    return `f${index}(v);`
  })
  const names = Object.keys(scope)
  const end = tail?.body ?? 'next(v,c)'
  const source = `"use strict";/*${generated++}*/const {${names.join()}}=scope;return function(v,c){${body.join('')}${end}}`
  try {
    // Only operator kinds and indices go into the text, never anything a caller wrote.
    // oxlint-disable-next-line typescript/no-implied-eval
    const make = new Function('scope', source) as (scope: Record<string, unknown>) => Step
    return make(scope)
  } catch {
    allowed = false
    return undefined
  }
}
