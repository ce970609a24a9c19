import { describe, expect, test } from 'vitest'
import { seededRandom } from './random.ts'
import { Ladder } from './ladder.ts'

const rules = { rungs: 4, down: 0.8, up: 0.3 }

function rungsOf(ladder: Ladder, pressures: readonly number[]): number[] {
  return pressures.map((pressure) => {
    ladder.turn(pressure)
    return ladder.rung
  })
}

describe('a ladder', () => {
  test('goes down one rung in a hold, and no further than the last', () => {
    expect(rungsOf(new Ladder(rules), [1, 1, 1, 1, 1])).toEqual([1, 2, 3, 3, 3])
  })

  test('stays where it is between the thresholds', () => {
    expect(rungsOf(new Ladder(rules), [0.79, 0.8, 0.31, 0.79, 0.5])).toEqual([0, 1, 1, 1, 1])
  })

  test('steps up from the upper threshold on, and counts every step', () => {
    const ladder = new Ladder(rules)
    expect(rungsOf(ladder, [1, 1, rules.up, rules.up + 0.01, rules.up])).toEqual([1, 2, 1, 1, 0])
    expect(ladder.changes).toBe(4)
  })

  test('comes back to the best one by one, whatever has happened', () => {
    const random = seededRandom(5)
    for (let trial = 0; trial < 100; trial++) {
      const ladder = new Ladder(rules)
      rungsOf(
        ladder,
        Array.from({ length: 200 }, () => random.next()),
      )
      const back = rungsOf(
        ladder,
        Array.from({ length: 100 }, () => 0),
      )
      expect(back.at(-1)).toBe(0)
      for (let i = 1; i < back.length; i++) expect((back[i - 1] as number) - (back[i] as number)).toBeLessThanOrEqual(1)
    }
  })

  test('waits longer and longer for a rung that does not bear the load', () => {
    const ladder = new Ladder(rules)
    const changes: number[] = []
    // Any load but on the last rung is too much for it.
    for (let hold = 0; hold < 1000; hold++) if (ladder.turn(ladder.rung < 3 ? 1 : 0)) changes.push(hold)
    expect(changes.slice(0, 11)).toEqual([0, 1, 2, 3, 4, 6, 7, 11, 12, 20, 21])
    expect(ladder.changes).toBeLessThan(80)
    const gaps = changes.slice(-10).map((at, i) => at - (changes.at(-11 + i) as number))
    expect(Math.max(...gaps)).toBe(32)
  })

  test('forgets that once a rung has borne the load for longer than it had waited for', () => {
    const ladder = new Ladder(rules)
    rungsOf(ladder, [1, 0, 1, 0, 0]) // up, taken back, up again after two
    expect(ladder.rung).toBe(0)
    rungsOf(ladder, [0, 0, 1]) // borne for two, then too much
    expect(rungsOf(ladder, [0])).toEqual([0])
  })
})
