import { describe, it } from 'vitest'
import { verify } from '../../src/testkit/verify.ts'
import { junctions } from './subjects/junctions.ts'

describe('every one of the junctions keeps the 14 laws', () => {
  it.each(junctions.map((subject) => [subject.name, subject] as const))('%s', async (_, subject) => {
    await verify(subject, { trials: 30 })
  })
})
