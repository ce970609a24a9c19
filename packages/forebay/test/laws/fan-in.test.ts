import { describe, it } from 'vitest'
import { verify } from '../../src/testkit/verify.ts'
import { fanIn, parts } from './subjects/fan-in.ts'

describe.each([
  ['several flows', fanIn],
  ['parts of one flow', parts],
] as const)('%s: every junction keeps the 14 laws', (_, subjects) => {
  it.each(subjects.map((subject) => [subject.name, subject] as const))('%s', async (__, subject) => {
    await verify(subject, { trials: 30 })
  })
})
