import { expect, it } from 'vitest'
import { mayLose, overflows } from './overflow.ts'

it('every policy may lose items but the three that wait, store or fail', () => {
  expect(overflows.filter((policy) => !mayLose(policy))).toEqual(['backpressure', 'fail', 'spill'])
})
