import fc from 'fast-check'
import type { Flow } from '../../src/flow/flow.ts'
import { choosing } from './choosing-steps.ts'
import { making } from './making-steps.ts'
import type { Numbers, Step } from './step.ts'

/** Programs of one to eight steps that `has` accepts. */
export function programs(has: (step: Step) => boolean = () => true): fc.Arbitrary<Step[]> {
  const usable = [...choosing, ...making].filter((kind) => has(kind(2)))
  const step = fc.tuple(fc.constantFrom(...usable), fc.integer({ min: 1, max: 5 })).map(([kind, k]) => kind(k))
  return fc.array(step, { minLength: 1, maxLength: 8 })
}

/** Inputs of a program. */
export const inputs: fc.Arbitrary<number[]> = fc.array(fc.integer({ min: -20, max: 20 }), { maxLength: 25 })

/** The model of a whole program. */
export function modelOf(program: readonly Step[], items: Numbers): Numbers {
  return program.reduce((list, step) => step.array(list), items)
}

/** Our flow of a whole program. */
export function flowOf(program: readonly Step[], source: Flow<number>): Flow<number> {
  return program.reduce((flow, step) => step.ours(flow), source)
}
