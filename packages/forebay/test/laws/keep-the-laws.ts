import { describe, it } from 'vitest'
import type { Subject } from '../../src/testkit/subject.ts'
import { verify } from '../../src/testkit/verify.ts'

const { FOREBAY_LAW_TRIALS: trials = '100', FOREBAY_LAW_SEED: seed = '1' } = process.env

/** Random schedules for each subject, and where their chance starts; from the environment for a long soak. */
export const soak = { trials: Number(trials), seed: Number(seed) }

/** One test for each subject: the 14 laws, and its card. */
export function keepTheLaws(family: string, subjects: readonly Subject[]): void {
  describe(`every one of ${family} keeps the 14 laws`, () => {
    it.each(subjects.map((subject) => [subject.name, subject] as const))('%s', async (_, subject) => {
      await verify(subject, soak)
    })
  })
}
