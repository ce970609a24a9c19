import { describe, it } from 'vitest'
import { verify } from '../../src/testkit/verify.ts'
import { adding } from './subjects/adding.ts'
import { answers } from './subjects/answers.ts'
import { cutting } from './subjects/cutting.ts'
import { folding } from './subjects/folding.ts'
import { grouping } from './subjects/grouping.ts'
import { mapping } from './subjects/mapping.ts'
import { watching } from './subjects/watching.ts'

describe.each(Object.entries({ mapping, cutting, adding, grouping, folding, answers, watching }))(
  '%s: every operator keeps the 14 laws',
  (_, subjects) => {
    it.each(subjects.map((subject) => [subject.name, subject] as const))('%s', async (__, subject) => {
      await verify(subject, { trials: 30 })
    })
  },
)
