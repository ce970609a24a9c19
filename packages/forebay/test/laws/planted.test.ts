import { describe, expect, it } from 'vitest'
import { cardsOf, families, type CardSubject } from './families.ts'
import { faultsIn } from './mutants/applies.ts'
import { plantedFaults, type PlantedFault } from './mutants/plant.ts'
import { hunt, isFound } from './planted.ts'

const known = await families()

describe.each(known.map((family) => [family.name, family] as const))('the cards of %s', (_, family) => {
  const cards = cardsOf(family)

  it.runIf(cards.length > 0)('find out every fault that is planted and must show', async () => {
    const missed: string[] = []
    for (const subject of cards) {
      const { killed, survived } = await hunt(subject)
      expect(killed.length, subject.card.of).toBeGreaterThan(0)
      missed.push(...survived.map((fault) => `${subject.card.of}: ${fault}`))
    }

    expect(missed).toEqual([])
  })
})

it.each(plantedFaults.map((fault) => [fault] as const))('a piece that %s is found out somewhere', async (fault) => {
  const found = await firstOf(known.flatMap(cardsOf), fault)

  expect(found).toBeTypeOf('string')
})

/** The first subject in which a fault is found out, those where it must be before those where it may be. */
async function firstOf(subjects: readonly CardSubject[], fault: PlantedFault): Promise<string | undefined> {
  for (const shows of ['surely', 'perhaps'] as const) {
    for (const subject of subjects) {
      if (faultsIn(subject, shows).includes(fault) && (await isFound(subject, fault))) return subject.name
    }
  }
  return undefined
}
