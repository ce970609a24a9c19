import { describe, expect, test } from 'vitest'
import { snapshotPair, type FlowSketch } from '../../../test/support/snapshot-pair.ts'
import type { Snapshot } from '../snapshot.ts'
import { ms, number, percent } from './sentence.ts'
import { verdict } from './verdict.ts'

const said = (sketch: FlowSketch): string => verdict(...snapshotPair(sketch)).sentence

describe('figures', () => {
  test('have three digits that matter, two below ten, and thousands apart', () => {
    expect([0.2512, 9.96, 10, 12.55, 99.96, 100, 100.6, 1250, 12_345, 1_234_567].map(number)).toEqual([
      '0.25',
      '10',
      '10',
      '12.6',
      '100',
      '100',
      '101',
      '1,250',
      '12,345',
      '1,234,567',
    ])
    expect([1.26, 10.04, 10.06].map(number)).toEqual(['1.3', '10', '10.1'])
  })

  test('are times in the unit that suits them, and shares in whole percents', () => {
    expect([0.4, 999.4, 1000, 12_340, 119_999, 120_000, 600_000].map(ms)).toEqual([
      '0 ms',
      '999 ms',
      '1 s',
      '12.3 s',
      '120 s',
      '2 min',
      '10 min',
    ])
    expect([0, 0.004, 0.876, 1].map(percent)).toEqual(['0 %', '0 %', '88 %', '100 %'])
  })
})

describe('a sentence', () => {
  const slow: FlowSketch = {
    stages: { read: { busy: 0.2, blocked: 0.8 }, save: { busy: 0.99 } },
    edges: { 'read>save': { blocked: 0.8, length: 64 } },
  }

  test('names three of those that are blocked, and counts the others', () => {
    const chain = (names: string[]): string => {
      const stages = names.map((name, at) => [name, { blocked: 0.9 - at / 10, busy: 0.1 }])
      const edges = names.map((name, at) => [`${name}>${names[at + 1] ?? 'save'}`, { blocked: 0.9 - at / 10 }])
      return said({ stages: { ...Object.fromEntries(stages), save: { busy: 0.99 } }, edges: Object.fromEntries(edges) })
    }

    expect(chain(['a', 'b', 'c'])).toContain('It blocks a 90 %, b 80 %, c 70 % of the time.')
    expect(chain(['a', 'b', 'c', 'd'])).toContain('It blocks a 90 %, b 80 %, c 70 % and 1 more of the time.')
    expect(chain(['a', 'b', 'c', 'd', 'e'])).toContain(' and 2 more of the time.')
  })

  test('says of a stall how long the oldest waits, where it waits', () => {
    const stall = (oldestMs: number): string =>
      said({
        stages: { read: { blocked: 1, rate: 0 }, call: { busy: 1, rate: 0 } },
        edges: { 'read>call': { blocked: 1, rate: 0, length: 3, oldestMs } },
      })

    expect(stall(0)).toBe(
      'call has not finished an item for 10 s: 1/1 slots are busy and 3 items wait. It blocks read 100 %.',
    )
    expect(stall(500)).toContain('and 3 items wait (oldest 500 ms). It')
  })

  test('of a deadlock names no one whom it blocks: all are in it', () => {
    const still = { blocked: 1, rate: 0 }
    const edges = { 'read>a': { blocked: 1 }, 'a>b': { blocked: 1 }, 'b>a': { blocked: 1 } }

    expect(said({ stages: { read: still, a: still, b: still }, edges })).toMatch(
      /^deadlock: [^.]*10 s\. Give[^.]*policy\.$/,
    )
  })

  test('names the busiest stage where the input is the limit: of two alike the first', () => {
    const sentence = said({
      stages: {
        read: { rate: 12 },
        a: { busy: 0.3, rate: 12 },
        b: { busy: 0.3, rate: 12 },
        c: { busy: 0.2, rate: 12 },
      },
      edges: { 'read>a': {}, 'a>b': {}, 'b>c': {} },
    })

    expect(sentence).toBe(
      'nothing limits the flow but its input: read gives 12/s, and the busiest stage, a, is busy 30 %.',
    )
  })

  test('tells of suspects only where nothing else is the limit', () => {
    const told = (save: { busy?: number; rate: number }, blocked: number): string => {
      const [before, after] = snapshotPair({
        stages: { door: { rate: save.rate, blocked }, save },
        edges: { 'door>save': { rate: save.rate, blocked, length: 2 } },
      })
      const edges = after.edges.map((edge) => ({ ...edge, name: 'inbox', suspects: 7 }))
      return verdict(before, { ...after, edges }).sentence
    }
    const suspects = 'inbox tries 7 suspects in groups'

    expect(told({ rate: 5 }, 0)).toContain(`is busy 0 %. ${suspects}`)
    expect(told({ busy: 0.99, rate: 5 }, 0.8)).not.toContain(suspects)
  })

  test('tells that doubling would give nothing, and who limits next', () => {
    const next = said({
      stages: { read: { busy: 0.9, blocked: 0.1 }, save: { busy: 0.9 } },
      edges: { 'read>save': { blocked: 0.1 } },
    })
    expect(next).toContain('+1 worker would give nothing: read limits next.')

    const close = said({
      stages: { read: { busy: 0.9, blocked: 0.1 }, save: { busy: 0.95 } },
      edges: { 'read>save': { blocked: 0.1 } },
    })
    expect(close).toContain('+1 worker → ~1.1×, then read limits.')
  })

  test('tells for how much of the time memory was waited for that other runs hold, from a twentieth on', () => {
    const [before, after] = snapshotPair(slow)
    const waited = (waitedMs: number): Partial<Snapshot> => ({
      memory: {
        heldBytes: 0,
        budgetBytes: 200,
        share: {
          name: 'a',
          budget: 'cache',
          budgetHeldBytes: 90,
          waiting: 1,
          waitedMs,
          largest: { name: 'other', heldBytes: 60 },
        },
      },
    })
    const told = (ms: number): string => verdict({ ...before, ...waited(0) }, { ...after, ...waited(ms) }).sentence

    expect(told(500)).toContain('It waits for cache 5 % of the time (other holds 30 %).')
    expect(told(499)).not.toContain('cache')
    expect(verdict(before, after).sentence).not.toContain('waits for')
  })
})
