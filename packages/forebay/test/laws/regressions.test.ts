import { describe, it } from 'vitest'
import type { Subject } from '../../src/testkit/subject.ts'
import { verify } from '../../src/testkit/verify.ts'
import { junctions } from './subjects/junctions.ts'
import { operators } from './subjects/operators.ts'

/** Cases that verify has found with other seeds, as it printed them. */
const found: readonly (readonly [name: string, seed: number, path: string])[] = [
  ['filter · batch · flatMap · batch · take', 3, '25:0:0:0:0:4:4:4'],
  ['filter · batch · flatMap · batch · take', 4, '51:4:4:4:4'],
  ['partition', 3, '40:2:2:3:1:3:3:5:5:5'],
]

describe('a case that was found once', () => {
  it.each(found)('%s, seed %i, %s', async (name, seed, path) => {
    const subject = [...operators, ...junctions].find((candidate) => candidate.name === name) as Subject
    await verify(subject, { seed, path })
  })
})
