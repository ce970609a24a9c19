import { describe, it } from 'vitest'
import { verify } from '../../src/testkit/verify.ts'
import { families } from './families.ts'

/** Random schedules for each subject where nobody says otherwise, as in CI. */
export const usualTrials = 70

const { FOREBAY_LAW_TRIALS: trials = usualTrials, FOREBAY_LAW_SEED: seed = '1' } = process.env

/** Random schedules for each subject, and where their chance starts; from the environment for a long soak. */
const soak = { trials: Number(trials), seed: Number(seed) }

/** Files that share the families out, so that they run side by side. */
export const parts = 3

/** The 14 laws and the card, for each subject of every third family. */
export async function keepTheLaws(part: number): Promise<void> {
  const known = await families()
  describe.each(known.filter((_, index) => index % parts === part))('$name', ({ subjects }) => {
    it.each(subjects.map((subject) => [subject.name, subject] as const))('%s keeps the 14 laws', async (_, subject) => {
      await verify(subject, soak)
    })
  })
}
