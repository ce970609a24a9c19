import { describe, expect, test } from 'vitest'
import { picture, type PictureSketch } from '../../../test/support/picture.ts'
import { whoWaits, type Cause } from './who-waits.ts'

const full = { length: 8, credit: 0 }
const busy = { slotsIn: [1, 0, 0, 0] } as const
const graphOf = (stages: PictureSketch['stages'], edges: PictureSketch['edges'], over = {}) =>
  whoWaits(picture({ stages, edges, over }))
const causes = (...sketch: Parameters<typeof graphOf>): string[] =>
  graphOf(...sketch).causes.map(({ stage, reason, holdsUp }) => [stage, reason, ...holdsUp].join(' '))

describe('what all the waiting comes down to', () => {
  test('is the stage that waits for nobody else, with those that wait for it, directly or through others', () => {
    expect(causes({ a: {}, b: { slotsIn: [0, 1, 0, 0] }, c: busy }, { 'a>b': full, 'b>c': full })).toEqual([
      'c work b a',
    ])
  })

  test('names those first that it holds back, then those that have nothing to do', () => {
    expect(causes({ c: {}, b: busy, a: {} }, { 'b>c': { wanted: 1 }, 'a>b': full })).toEqual(['b work a c'])
    expect(causes({ a: {}, b: busy, c: {} }, { 'a>b': full, 'b>c': { wanted: 1 } })).toEqual(['b work a c'])
  })

  test('of several reasons of one stage is the one that says most', () => {
    expect(causes({ a: { slotsIn: [1, 0, 0, 1], timers: 2 } }, {})).toEqual(['a work'])
    expect(causes({ a: { slotsIn: [0, 0, 0, 1], timers: 2 } }, {})).toEqual(['a permit'])
    const share = { name: 'a', budget: 'all', budgetHeldBytes: 9, waiting: 1, waitedMs: 0 }
    const memory = { heldBytes: 9, budgetBytes: 9, share: { ...share, largest: { name: 'b', heldBytes: 9 } } }
    const waits = { 'a>b': { credit: 0, length: 2 } }
    expect(causes({ a: busy, b: { slotsIn: [0, 1, 0, 0] } }, waits, { memory })).toEqual(['a work', 'b nothing'])
  })

  test('of several stages is first what is seldom meant, then who holds up most', () => {
    const stages = { a: {}, b: { timers: 1 }, c: {}, d: busy, e: {}, f: {}, g: { timers: 1 } }
    const edges = { 'a>b': full, 'c>d': full, 'e>g': full, 'f>g': full }

    expect(causes(stages, edges)).toEqual(['d work c', 'g timer e f', 'b timer a'])
  })

  test('is nobody once the run is over, and somebody while it drains', () => {
    expect(graphOf({ a: busy }, {}, { state: 'failed' })).toMatchObject({ waits: [], causes: [], state: 'failed' })
    expect(causes({ a: busy }, {}, { state: 'draining' })).toEqual(['a work'])
  })

  test('tells of a stage what it holds, its slots in use for the reason, its gates, since when and where', () => {
    const stage = { inFlight: 3, gates: ['calls'], stillMs: 40, site: 'app.ts:1:2', slotsIn: [2, 0, 0, 5] as const }
    const [cause] = graphOf({ a: stage }, {}).causes

    expect(cause).toEqual({
      stage: 'a',
      name: 'a',
      kind: 'map',
      reason: 'work',
      stillMs: 40,
      held: 3,
      slots: 2,
      gates: ['calls'],
      holdsUp: [],
      site: 'app.ts:1:2',
    } satisfies Cause)
    expect(graphOf({ a: { slotsIn: [0, 0, 0, 5] } }, {}).causes[0]).toMatchObject({ reason: 'permit', slots: 5 })
    expect(graphOf({ a: { slotsIn: [0, 0, 1, 0], timers: 1 } }, {}).causes[0]).toMatchObject({ slots: 0 })
    expect(graphOf({ a: { slotsIn: undefined as never, inFlight: 1 } }, {}).causes[0]).toMatchObject({ slots: 0 })
    expect(graphOf({ a: { ...stage, kind: 'sink' } }, {}).causes[0]).not.toHaveProperty('stillMs')
    expect(Object.keys(graphOf({ a: busy }, {}).causes[0] ?? {})).not.toContain('site')
  })
})

describe('a ring of waits', () => {
  const held = { inFlight: 1, slotsIn: [0, 1, 0, 0] as const }

  test('is told with the names of its stages and edges, since when and where each stands still', () => {
    const { rings, flow, run, at } = graphOf(
      { a: { ...held, stillMs: 7, site: 'app.ts:3:4' }, b: held },
      { 'a>b': { ...full, name: 'there' }, 'b>a': { ...full, name: 'back' } },
    )

    expect([flow, run, at]).toEqual(['flow', 'run', 5000])
    expect(rings).toEqual([
      [
        { stage: 'a', name: 'a', for: 'room', edge: 'there', stillMs: 7, site: 'app.ts:3:4' },
        { stage: 'b', name: 'b', for: 'room', edge: 'back' },
      ],
    ])
    expect(Object.keys(rings[0]?.[1] ?? {})).toEqual(['stage', 'name', 'for', 'edge'])
  })

  test('in which a part is held has no edge to name there', () => {
    const { rings } = graphOf(
      { save: {}, hub: { slotsIn: [0, 1, 0, 0] }, part: { host: 'hub', inFlight: 1, slotsIn: [0, 1, 0, 0] } },
      { 'part>hub': { capacity: 0, credit: 0 }, 'hub>save': { wanted: 1 } },
    )

    expect(rings.map((ring) => ring.map(({ stage, for: what }) => `${stage} ${what}`))).toEqual([
      ['hub room', 'part credit'],
    ])
    expect(Object.keys(rings[0]?.[0] ?? {})).not.toContain('edge')
  })

  test('holds up who waits for it, and not itself', () => {
    expect(causes({ a: busy, b: { slotsIn: [0, 1, 0, 0] } }, { 'a>b': full, 'b>a': full })).toEqual(['a work b'])
  })
})
