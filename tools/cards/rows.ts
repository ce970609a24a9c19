import { laws, type Law } from '../../packages/forebay/src/testkit/law-violation.ts'
import { shapeOf, type Subject } from '../../packages/forebay/src/testkit/subject.ts'
import { verify } from '../../packages/forebay/src/testkit/verify.ts'
import type { CardSubject, Family } from '../../packages/forebay/test/laws/families.ts'
import { cardsOf } from '../../packages/forebay/test/laws/families.ts'
import { hunt } from '../../packages/forebay/test/laws/planted.ts'
import { nameOf } from './name-of.ts'

/** What was executed of one card. */
export interface Row {
  readonly name: string
  readonly family: string
  /** Numbers of the laws that can be broken by something of its shape. */
  readonly laws: readonly Law[]
  /** Seeded cases and examples that were run, none of them failing. */
  readonly cases: number
  /** Planted faults that its card and the laws have found. */
  readonly mutantsKilled: number
  /** Planted faults that must show and did not. */
  readonly mutantsSurvived: readonly string[]
}

/** Runs every card of a family, each with so many random schedules and all faults that can be planted. */
export async function rowsOf(family: Family, trials: number): Promise<Row[]> {
  const rows: Row[] = []
  for (const subject of cardsOf(family)) rows.push(await rowOf(family, subject, trials))
  return rows
}

async function rowOf({ name: family }: Family, subject: CardSubject, trials: number): Promise<Row> {
  const { cases } = await verify(subject, { trials })
  const { killed, survived } = await hunt(subject)
  return {
    name: nameOf(subject.card),
    family,
    laws: lawsOf(subject),
    cases,
    mutantsKilled: killed.length,
    mutantsSurvived: survived,
  }
}

/** What comes late and what holds others back takes several inputs or outputs; a source has no contexts to keep. */
function lawsOf(subject: Subject): Law[] {
  const { inputs, outputs } = shapeOf(subject)
  const isOut = new Set<Law>([
    ...(inputs < 2 && outputs < 2 ? ([9, 10] as const) : []),
    ...(inputs === 0 ? ([14] as const) : []),
  ])
  return Object.keys(laws)
    .map((law) => Number(law) as Law)
    .filter((law) => !isOut.has(law))
}
