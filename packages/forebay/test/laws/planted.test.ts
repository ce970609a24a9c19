import { describe, expect, it } from 'vitest'
import { cardsOf, families } from './families.ts'
import { plantedFaults } from './mutants/plant.ts'
import { hunt } from './planted.ts'

const known = await families()

describe.each(known.map((family) => [family.name, family] as const))('the cards of %s', (_, family) => {
  const cards = cardsOf(family)

  it.runIf(cards.length > 0)('find out every fault that is planted and can show', async () => {
    const missed: string[] = []
    for (const subject of cards) {
      const { killed, survived } = await hunt(subject)
      expect(killed.length, subject.card.of).toBeGreaterThan(0)
      missed.push(...survived.map((fault) => `${subject.card.of}: ${fault}`))
    }

    expect(missed).toEqual([])
  })
})

it('every kind of fault is found out somewhere', async () => {
  const subjects = known.flatMap(cardsOf)
  const found = new Set((await Promise.all(subjects.slice(0, 4).map(hunt))).flatMap(({ killed }) => killed))

  expect(plantedFaults.filter((fault) => !found.has(fault))).toEqual([])
})
