import { settle, type Context } from './context.ts'
import type { Operator, Step } from './operator.ts'

/** A run of operators without state: what the tiers fuse into one step. */
export type Stateless = Extract<Operator, { kind: 'map' | 'filter' | 'tap' }>

/**
 * Fuses stateless operators and the step behind them into one step, three operators to a function. V8 keeps type
 * feedback per function literal, so there is one for every *length*: a pipeline shares its call sites with those
 * of its length, not with every other operator of the program. What is hot gets code of its own (codegen/).
 */
export function fuse(operators: readonly Stateless[], next: Step): Step {
  const [first, second, third, ...rest] = operators
  if (first === undefined) return next
  const { fn: f, kind: a } = first
  if (second === undefined) {
    return (v, c) => {
      const w = f(v)
      if (a === 'map') next(w, c)
      else if (w || a === 'tap') next(v, c)
      else rejected(c)
    }
  }
  const { fn: g, kind: b } = second
  if (third === undefined) {
    return (v, c) => {
      let w = f(v)
      if (a === 'map') v = w
      else if (!w && a === 'filter') return rejected(c)
      w = g(v)
      if (b === 'map') v = w
      else if (!w && b === 'filter') return rejected(c)
      next(v, c)
    }
  }
  const { fn: h, kind: d } = third
  const last = fuse(rest, next)
  return (v, c) => {
    let w = f(v)
    if (a === 'map') v = w
    else if (!w && a === 'filter') return rejected(c)
    w = g(v)
    if (b === 'map') v = w
    else if (!w && b === 'filter') return rejected(c)
    w = h(v)
    if (d === 'map') v = w
    else if (!w && d === 'filter') return rejected(c)
    last(v, c)
  }
}

function rejected(context: Context | undefined): void {
  if (context !== undefined) settle(context, 'filtered')
}
