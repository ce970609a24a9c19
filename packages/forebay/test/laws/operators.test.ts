import { describe, it } from 'vitest'
import { verify } from '../../src/testkit/verify.ts'
import { operators } from './subjects/operators.ts'

describe('every operator keeps the 14 laws', () => {
  it.each(operators.map((subject) => [subject.name, subject] as const))('%s', async (_, subject) => {
    await verify(subject, { trials: 30 })
  })
})
