import { describe, it } from 'vitest'
import { verify } from '../../src/testkit/verify.ts'
import { bytes } from './subjects/bytes.ts'
import { text } from './subjects/text.ts'

describe.each(Object.entries({ bytes, text }))('%s: every operator keeps the 14 laws', (_, subjects) => {
  it.each(subjects.map((subject) => [subject.name, subject] as const))('%s', async (__, subject) => {
    await verify(subject, { trials: 30 })
  })
})
