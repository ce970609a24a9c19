import { describe, expect, test } from 'vitest'
import { picture, type PictureSketch } from '../../../test/support/picture.ts'
import { stallReport } from './stall-report.ts'

const said = (sketch: PictureSketch): string[] => [...(stallReport(picture(sketch))?.sentences ?? [])]
const full = { length: 8, credit: 0 }
const held = { inFlight: 1, slotsIn: [0, 1, 0, 0] as const }

describe('why a flow stands still', () => {
  test('is a stall when somebody waits for something outside, and nothing when nobody waits', () => {
    const snapshot = picture({ stages: { a: { timers: 1 } }, edges: {} })

    expect(stallReport(snapshot)).toMatchObject({
      code: 'FOREBAY_STALL',
      flow: 'flow',
      run: 'run',
      at: 5000,
      sentence: 'a waits for its timer.',
      sentences: ['a waits for its timer.'],
      graph: { causes: [{ stage: 'a' }] },
    })
    expect(stallReport({ ...snapshot, state: 'done' })).toBeUndefined()
  })

  test('says what each stage waits for, the seldom meant first', () => {
    const share = { name: 'a', budget: 'the cache', budgetHeldBytes: 100, waiting: 1, waitedMs: 0 }
    const memory = { heldBytes: 9, budgetBytes: 10, share: { ...share, largest: { name: 'other', heldBytes: 90 } } }

    expect(
      said({
        stages: {
          one: { slotsIn: [1, 0, 0, 0] },
          two: { slotsIn: [2, 0, 0, 0] },
          permit: { slotsIn: [0, 0, 0, 1], gates: ['calls', 'pace'] },
          again: { slotsIn: [0, 0, 0, 1] },
          timer: { timers: 1 },
          window: { timers: 1, inFlight: 1 },
          lone: {},
          end: {},
          stored: {},
          wants: { slotsIn: [0, 1, 0, 0] },
        },
        edges: {
          'one>end': { length: 3 },
          'two>stored': { durable: true, length: 3, wanted: 1 },
          'wants>one': { credit: 0, length: 2 },
        },
        gates: ['pace', 'calls', 'unused'],
        memory,
      }),
    ).toEqual([
      'one works on 1 item and has not ended any.',
      'two works on 2 items and has not ended any.',
      'wants waits for memory of the cache, of which other holds most.',
      'end takes nothing.',
      'stored gets none of the items that its durable edge holds: they are delayed or leased.',
      'permit waits for a permit of pace, calls.',
      'again waits for its next attempt.',
      'timer waits for its timer.',
      'window holds 1 item and waits for its timer.',
      'lone was asked for items and has given none.',
    ])
  })

  test('says that a sink has got everything', () => {
    expect(said({ stages: { a: { kind: 'sink' } }, edges: { 'b>a': { isOver: true } } })).toEqual([
      'a has got everything and has not ended.',
    ])
  })

  test('says since when, where it was written, and who waits for it', () => {
    const waiting = (names: string[]): string | undefined =>
      said({
        stages: {
          ...Object.fromEntries(names.map((name) => [name, { slotsIn: [0, 1, 0, 0] as const }])),
          call: { slotsIn: [1, 0, 0, 0], stillMs: 1500, site: 'app.ts:1:2' },
        },
        edges: Object.fromEntries(names.map((name) => [`${name}>call`, full])),
      })[0]
    const head = 'call (app.ts:1:2) works on 1 item and has not ended any for 1.5 s'

    expect(waiting([])).toBe(`${head}.`)
    expect(waiting(['a'])).toBe(`${head}; a waits for it.`)
    expect(waiting(['a', 'b'])).toBe(`${head}; a and b wait for it.`)
    expect(waiting(['a', 'b', 'c'])).toBe(`${head}; a, b and c wait for it.`)
    expect(waiting(['a', 'b', 'c', 'd'])).toBe(`${head}; a, b and 2 more wait for it.`)
  })
})

describe('a ring', () => {
  const ring = (
    there: object,
    back: object,
    a: object = {},
    b: object = {},
    memory?: PictureSketch['memory'],
  ): string[] =>
    said({
      stages: { a: { ...held, ...a }, b: { ...held, ...b } },
      edges: { 'a>b': there, 'b>a': back },
      ...(memory && { memory }),
    })

  test('goes before every cause, and says who waits for what of whom, and what would help', () => {
    const sketch = { stages: { c: { timers: 1 }, a: held, b: held }, edges: { 'a>b': full, 'b>a': full } }

    expect(stallReport(picture(sketch))?.code).toBe('FOREBAY_DEADLOCK')
    expect(said(sketch)).toEqual([
      'deadlock: a waits for room at a>b, which is full, of b, b waits for room at b>a, which is full, of a; nobody else can move them, and nothing has moved. Give a>b as much room as the two ways may differ by, or a policy that drops.',
      'c waits for its timer.',
    ])
  })

  test('says since when nothing has moved: since the last of its stages', () => {
    const still = (a: object, b: object): string => ring(full, full, a, b)[0] ?? ''

    expect(still({ stillMs: 900 }, { stillMs: 300 })).toContain('nothing has moved for 300 ms.')
    expect(still({ stillMs: 900 }, {})).toContain('nothing has moved for 900 ms.')
    expect(still({ stillMs: 0 }, { stillMs: 300 })).toContain('nothing has moved. Give')
  })

  test('of items and credit names the edge where somebody is held back', () => {
    const sentences = said({
      stages: {
        slow: {},
        zip: { kind: 'zip' },
        fan: { ...held, kind: 'broadcast', site: 'app.ts:1:2' },
        read: held,
      },
      edges: {
        'read>fan': full,
        'fan>zip': { capacity: 0, credit: 0 },
        'fan>slow': { wanted: 1 },
        'slow>zip': { wanted: 1 },
      },
    })

    expect(sentences).toEqual([
      'deadlock: slow waits for an item of fan, fan (app.ts:1:2) waits for credit of zip, zip waits for an item of slow; nobody else can move them, and nothing has moved. Give fan>zip as much room as the two ways may differ by, or a policy that drops.',
    ])
  })

  test('of memory wants more of that', () => {
    const starved = { credit: 0, length: 2, bytes: 50 }
    const [sentence] = ring(starved, starved, {}, {}, { heldBytes: 100, budgetBytes: 100 })

    expect(sentence).toContain('waits for memory that a>b holds for b')
    expect(ring(starved, { ...full, bytes: 50 }, {}, {}, { heldBytes: 100, budgetBytes: 100 })[0]).toContain(
      'more memory',
    )
    expect(sentence).toMatch(/Give the run more memory, or the two ways less to hold\.$/)
  })

  test('of a part that holds items says nothing where no edge would help', () => {
    const [sentence] = said({
      stages: { save: {}, hub: { slotsIn: [0, 1, 0, 0] }, part: { ...held, host: 'hub' } },
      edges: { 'part>hub': { capacity: 0, credit: 0 }, 'hub>save': { wanted: 1 } },
    })

    expect(sentence).toBe(
      'deadlock: hub waits for room at a part, which is full, of part, part waits for credit of hub; nobody else can move them, and nothing has moved.',
    )
  })
})
