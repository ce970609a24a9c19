import { settle } from './context.ts'
import type { Operator, Step } from './operator.ts'

/** A run of operators without state: what the tiers fuse into one step. */
export type Stateless = Extract<Operator, { kind: 'map' | 'filter' | 'tap' }>

/**
 * Fuses stateless operators and the step behind them. Three tiers, one meaning (the law suite runs on each):
 *
 * 1. `literal`: one function literal per *shape* of up to three operators. V8 keeps type feedback per
 *    literal, so a pipeline of a common shape does not share call sites with the rest of the program.
 * 2. `closures`: a closure per operator, for everything else. Built in well under a microsecond.
 * 3. `compiled` (compile.ts): a function generated for this one segment, once it has proved hot.
 */
export function fuse(operators: readonly Stateless[], next: Step): Step {
  return literal(operators, next) ?? closures(operators, next)
}

function closures(operators: readonly Stateless[], next: Step): Step {
  return operators.reduceRight<Step>((step, { kind, fn }) => {
    if (kind === 'map') return (value, context) => step(fn(value), context)
    if (kind === 'filter') {
      return (value, context) => {
        if (fn(value)) step(value, context)
        else if (context !== undefined) settle(context, 'filtered')
      }
    }
    return (value, context) => {
      fn(value)
      step(value, context)
    }
  }, next)
}

type F = (value: any) => any
type Shape = (next: Step, f: F, g: F, h: F) => Step

const rejected: Step = (_value, context) => {
  if (context !== undefined) settle(context, 'filtered')
}

/** m = map, f = filter. */
const shapes: Readonly<Record<string, Shape>> = {
  m: (next, f) => (v, c) => next(f(v), c),
  f: (next, f) => (v, c) => (f(v) ? next(v, c) : rejected(v, c)),
  mm: (next, f, g) => (v, c) => next(g(f(v)), c),
  mf: (next, f, g) => (v, c) => {
    const w = f(v)
    return g(w) ? next(w, c) : rejected(w, c)
  },
  fm: (next, f, g) => (v, c) => (f(v) ? next(g(v), c) : rejected(v, c)),
  ff: (next, f, g) => (v, c) => (f(v) && g(v) ? next(v, c) : rejected(v, c)),
  mmm: (next, f, g, h) => (v, c) => next(h(g(f(v))), c),
  mfm: (next, f, g, h) => (v, c) => {
    const w = f(v)
    return g(w) ? next(h(w), c) : rejected(w, c)
  },
  fmf: (next, f, g, h) => (v, c) => {
    if (!f(v)) return rejected(v, c)
    const w = g(v)
    return h(w) ? next(w, c) : rejected(w, c)
  },
  fmm: (next, f, g, h) => (v, c) => (f(v) ? next(h(g(v)), c) : rejected(v, c)),
  mmf: (next, f, g, h) => (v, c) => {
    const w = g(f(v))
    return h(w) ? next(w, c) : rejected(w, c)
  },
  ffm: (next, f, g, h) => (v, c) => (f(v) && g(v) ? next(h(v), c) : rejected(v, c)),
}

function literal(operators: readonly Stateless[], next: Step): Step | undefined {
  if (operators.length === 0) return next
  if (operators.length > 3) return undefined
  let shape = ''
  for (const { kind } of operators) shape += kind === 'map' ? 'm' : kind === 'filter' ? 'f' : 't'
  const make = shapes[shape]
  const [first, second, third] = operators as [Stateless, Stateless, Stateless]
  return make?.(next, first.fn, second?.fn, third?.fn)
}
