import { describe, expect, it } from 'vitest'
import { overflowError, takesFromFront, takeVictim } from './edge-overflow.ts'
import { LatestHold, OrderedHold } from './hold.ts'
import type { Overflow } from './overflow.ts'

/** A hold of 10, 11, 12, … whose items have the given levels. */
function holding(...levels: (0 | 1 | 2 | 3 | undefined)[]): OrderedHold {
  const hold = new OrderedHold(8)
  for (const [at, level] of levels.entries()) hold.put(10 + at, level === undefined ? undefined : { level }, 0)
  return hold
}

function victim(
  hold: OrderedHold | LatestHold,
  overflow: Overflow,
  more: { every?: number; refused?: number; chance?: number; level?: (n: number) => number; of?: 0 | 1 | 2 | 3 } = {},
): unknown {
  const { every = 1, refused = 0, chance = 0, level, of } = more
  const context = of === undefined ? undefined : { level: of }
  const length = hold.length
  const isTaken = takeVictim(hold, { overflow, every, level }, 99, context, { next: () => chance }, refused)
  expect(hold.length).toBe(isTaken ? length - 1 : length)
  return isTaken ? hold.taken : 'the arriving one'
}

describe('what a full edge gives up', () => {
  it('is the oldest, the youngest or the arriving item, as its policy says', () => {
    expect(victim(holding(1, 1, 1), 'drop-oldest')).toBe(10)
    expect(victim(holding(1, 1, 1), 'drop-youngest')).toBe(12)
    expect(victim(holding(1, 1, 1), 'drop-newest')).toBe('the arriving one')
    expect(victim(holding(1, 1, 1), 'fail')).toBe('the arriving one')
  })

  it('is drawn from all that are held', () => {
    expect([0, 0.33, 0.34, 0.67, 0.999].map((chance) => victim(holding(1, 1, 1), 'drop-random', { chance }))).toEqual([
      10, 10, 11, 12, 12,
    ])
  })

  it('makes room for one arriving item in so many, and for the first', () => {
    const rounds = [0, 1, 2, 3, 4, 5, 6].map((refused) => victim(holding(1, 1), 'sample', { every: 3, refused }))

    expect(rounds.map((each) => each === 10)).toEqual([true, false, false, true, false, false, true])
  })

  it('is the oldest of the least important, unless the arriving item is no more important', () => {
    expect(victim(holding(0, 2, 1, 2), 'drop-lowest', { of: 1 })).toBe(11)
    expect(victim(holding(0, 2, 3, 2), 'drop-lowest', { of: 0 })).toBe(12)
    expect(victim(holding(0, 2, 1, 2), 'drop-lowest', { of: 2 })).toBe('the arriving one')
    expect(victim(holding(0, 0), 'drop-lowest', { of: 0 })).toBe('the arriving one')
    expect(victim(holding(3), 'drop-lowest', { of: 2 })).toBe(10)
  })

  it('has level 1 where nobody says', () => {
    expect(victim(holding(undefined, 1, 2), 'drop-lowest')).toBe(12)
    expect(victim(holding(undefined, 0), 'drop-lowest')).toBe('the arriving one')
    expect(victim(holding(undefined, 0), 'drop-lowest', { of: 0 })).toBe(10)
  })

  it('has the level that a function gives it, whatever travels with it', () => {
    const level = (n: number): number => (n === 11 ? 3 : n === 99 ? 2 : 0)

    expect(victim(holding(3, 0, 3), 'drop-lowest', { of: 0, level })).toBe(11)
  })

  it('is the oldest key where one item a key is held', () => {
    const hold = new LatestHold(undefined)
    hold.put('a', undefined, 0, 0)
    hold.put('b', undefined, 0, 0)

    expect(victim(hold, 'latest')).toBe('a')
    expect(victim(hold, 'drop-newest')).toBe('the arriving one')
    expect(victim(hold, 'drop-random')).toBe('the arriving one')
  })
})

describe('an edge', () => {
  it('whose items leave in their order needs no time of each', () => {
    const ordered = ['backpressure', 'drop-oldest', 'drop-newest', 'drop-all', 'sample', 'fail'] as const
    const others = ['latest', 'drop-youngest', 'drop-random', 'drop-lowest'] as const

    expect(ordered.filter((overflow) => !takesFromFront(overflow))).toEqual([])
    expect(others.filter(takesFromFront)).toEqual([])
  })

  it('that may neither wait nor drop fails, and says whose mistake it is', () => {
    const options = { name: 'ticks', items: 8 } as Parameters<typeof overflowError>[0]

    expect(overflowError({ ...options, overflow: 'fail' })).toMatchObject({
      code: 'FOREBAY_OVERFLOW',
      message: 'ticks: full with 8 items',
    })
    expect(overflowError({ ...options, overflow: 'backpressure' })).toMatchObject({ code: 'FOREBAY_PROTOCOL' })
  })
})
