import { describe, it } from 'vitest'
import { verify } from '../../src/testkit/verify.ts'
import { sinks } from './subjects/sinks.ts'

describe('every one of the sinks keeps the 14 laws', () => {
  it.each(sinks.map((subject) => [subject.name, subject] as const))('%s', async (_, subject) => {
    await verify(subject, { trials: 30 })
  })
})
