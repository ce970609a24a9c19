import { describe, it } from 'vitest'
import { verify } from '../../src/testkit/verify.ts'
import { edges } from './subjects/edges.ts'

describe('every one of the edges keeps the 14 laws', () => {
  it.each(edges.map((subject) => [subject.name, subject] as const))('%s', async (_, subject) => {
    await verify(subject, { trials: 30 })
  })
})
