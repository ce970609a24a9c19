import { expect, it } from 'vitest'
import { flow } from '../sources.ts'
import { failed } from '../sources/constant.ts'
import { onErrorComplete } from './on-error-complete.ts'

it('completes behind what is held, with the errors that when wants', async () => {
  const torn = flow([1, 2])
    .concat(failed(new Error('torn')))
    .buffer(4)

  expect(await torn.via(onErrorComplete()).toArray(9)).toEqual([1, 2])
  expect(await torn.via(onErrorComplete((error) => (error as Error).message === 'torn')).toArray(9)).toEqual([1, 2])
  await expect(torn.via(onErrorComplete(() => false)).count()).rejects.toThrow('torn')
})

it('fails with an error of when, and says what it needs', async () => {
  const when = (): never => {
    throw new Error('when')
  }
  await expect(failed(new Error('torn')).via(onErrorComplete(when)).count()).rejects.toThrow('when')
  expect(() => onErrorComplete(1 as never)).toThrow('onErrorComplete: expected a function, got 1')
})
