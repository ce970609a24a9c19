import { describe, it } from 'vitest'
import { verify } from '../../src/testkit/verify.ts'
import { sources } from './subjects/sources.ts'

describe('every one of the sources keeps the 14 laws', () => {
  it.each(sources.map((subject) => [subject.name, subject] as const))('%s', async (_, subject) => {
    await verify(subject, { trials: 30 })
  })
})
