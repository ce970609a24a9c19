import { describe, it } from 'vitest'
import { verify } from '../../src/testkit/verify.ts'
import { work } from './subjects/work.ts'

describe('every one of the work keeps the 14 laws', () => {
  it.each(work.map((subject) => [subject.name, subject] as const))('%s', async (_, subject) => {
    await verify(subject, { trials: 30 })
  })
})
