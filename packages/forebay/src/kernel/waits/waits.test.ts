import { describe, expect, test } from 'vitest'
import { picture, type PictureSketch } from '../../../test/support/picture.ts'
import { waitsIn } from './waits.ts'

/** As `stage reason on @edge`. */
function waits(
  stages: PictureSketch['stages'],
  edges: PictureSketch['edges'],
  memory?: PictureSketch['memory'],
): string[] {
  const snapshot = picture({ stages, edges, ...(memory && { memory }) })
  return waitsIn(snapshot).map(({ stage, for: what, on, edge }) =>
    [stage, what, on ?? '-', edge === undefined ? '' : `@${edge}`].join(' ').trim(),
  )
}

/** The same of one stage. */
const of = (id: string, ...sketch: Parameters<typeof waits>): string[] =>
  waits(...sketch).filter((line) => line.startsWith(`${id} `))

const full = { length: 8, credit: 0 }
const idle = { slotsIn: [0, 0, 1, 0] } as const
const busy = { slotsIn: [1, 0, 0, 0] } as const

describe('a stage waits for items', () => {
  const pair = { a: idle, b: idle }

  test('that it has asked for, where none are held', () => {
    expect(of('b', pair, { 'a>b': { wanted: 3 } })).toEqual(['b items a @a>b'])
    expect(of('b', pair, { 'a>b': { wanted: undefined } })).toEqual(['b items a @a>b'])
    expect(of('b', pair, { 'a>b': { wanted: 3, length: 1 } })).toEqual([])
    expect(of('b', pair, { 'a>b': { wanted: 0 } })).toEqual(['b nothing -'])
  })

  test('that are handed over directly, while it has asked', () => {
    expect(of('b', pair, { 'a>b': { capacity: 0, credit: 1, length: 1 } })).toEqual(['b items a @a>b'])
    expect(of('b', pair, { 'a>b': { capacity: 0, credit: 0, wanted: 3 } })).toEqual(['b nothing -'])
    expect(of('b', pair, { 'a>b': { capacity: 0, durable: true, credit: 0, wanted: 3 } })).toEqual(['b items a @a>b'])
  })

  test('of the junction that feeds it, when it holds none and somebody wants some', () => {
    const part = { host: 'groups', inFlight: 0 }
    const two = { 'part>c': { credit: 0, length: 8 }, 'part>d': { credit: 2 } }

    expect(of('part', { groups: busy, part, c: busy, d: busy }, two)).toContain('part items groups')
    expect(of('part', { groups: busy, part: { ...part, inFlight: 1 }, c: busy, d: busy }, two)).not.toContain(
      'part items groups',
    )
    expect(of('part', { groups: busy, part, c: busy }, { 'part>c': full })).toEqual(['part room c @part>c'])
  })

  test('also of one that the picture does not show', () => {
    expect(waits({ b: busy }, { 'gone>b': { wanted: 3 } })).toEqual(['b items gone @gone>b', 'b work -'])
    expect(waits({ a: busy }, { 'a>gone': full })).toEqual(['a room gone @a>gone', 'a work -'])
  })

  test('not at an edge through which nothing comes any more', () => {
    expect(of('b', { a: idle, b: busy }, { 'a>b': { wanted: 3, isOver: true } })).toEqual(['b work -'])
  })
})

describe('a junction waits for room', () => {
  const stages = (inFlight: number): PictureSketch['stages'] => ({
    a: busy,
    groups: idle,
    part: { host: 'groups', inFlight },
    c: busy,
    d: busy,
  })
  const edges = (asked: number, first: number, second: number): PictureSketch['edges'] => ({
    'a>groups': { credit: asked, length: 3 },
    'part>c': { credit: first, length: 8 - first },
    'part>d': { credit: second, length: 8 - second },
  })
  const held = 'groups room part'

  test('in a part that it feeds, which holds items that nobody takes, when it asks for no more', () => {
    expect(of('groups', stages(1), edges(0, 0, 0))).toContain(held)
    expect(of('groups', stages(1), edges(5, 0, 0))).not.toContain(held)
    const other = { 'b>groups': { credit: 5, length: 3 } }
    expect(of('groups', stages(1), { ...edges(0, 0, 0), ...other })).toContain(held)
    expect(of('groups', stages(0), edges(0, 0, 0))).not.toContain(held)
    expect(of('groups', stages(1), edges(0, 0, 1))).not.toContain(held)
  })

  test('in no part that is over', () => {
    const over = { 'part>c': { isOver: true, credit: 0 }, 'part>d': { isOver: true, credit: 0 } }

    expect(of('groups', stages(1), { ...edges(0, 0, 0), ...over })).not.toContain(held)
  })
})

describe('a stage waits for the one after it', () => {
  const pair = { a: busy, b: busy }
  const below = (edge: PictureSketch['edges'][string], memory?: PictureSketch['memory']): string[] =>
    of('a', pair, { 'a>b': edge }, memory).filter((line) => line.includes('@'))

  test('when the edge between them is full, by items or by bytes', () => {
    expect(below(full)).toEqual(['a room b @a>b'])
    expect(below({ credit: 0, length: 2, bytes: 100, capacityBytes: 100 })).toEqual(['a room b @a>b'])
    expect(below({ length: 8, credit: 1 })).toEqual([])
  })

  test('when nothing is held between them, and the other wants nothing', () => {
    expect(below({ capacity: 0, credit: 0 })).toEqual(['a credit b @a>b'])
    expect(below({ capacity: 0, credit: 1 })).toEqual([])
  })

  test('never at an edge that drops', () => {
    expect(waits(pair, { 'a>b': { ...full, policy: 'drop-oldest' } })).toEqual(['a work -', 'b work -'])
  })

  test('when the edge has room but grants none, for whatever reason', () => {
    expect(below({ credit: 0, length: 2 })).toEqual(['a room b @a>b'])
    expect(below({ credit: 0, length: 2, bytes: 99, capacityBytes: 100 })).toEqual(['a room b @a>b'])
  })
})

describe('a stage waits for memory', () => {
  const starved = { credit: 0, length: 2 }
  const at = (edges: PictureSketch['edges'], memory: PictureSketch['memory']): string[] =>
    of('a', { a: busy, b: busy, c: busy, d: busy }, { 'a>b': starved, ...edges }, memory).filter((line) =>
      line.includes('@'),
    )
  const holders = { 'a>b': { ...starved, bytes: 30 }, 'a>c': { bytes: 70, credit: 1 }, 'a>d': { credit: 1 } }
  const used = { heldBytes: 100, budgetBytes: 100 }

  test('that all edges of the run hold together, of those that hold some', () => {
    expect(at(holders, used)).toEqual(['a memory b @a>b', 'a memory c @a>c'])
    expect(at({ ...holders, 'a>c': { bytes: 70, credit: 1, durable: true } }, used)).toEqual(['a memory b @a>b'])
  })

  test('not while some is left, nor where it is not bounded, nor for an edge that is full itself', () => {
    expect(at(holders, { heldBytes: 99, budgetBytes: 100 })).toEqual(['a room b @a>b'])
    expect(at(holders, { heldBytes: 99, budgetBytes: 0 })).toEqual(['a room b @a>b'])
    expect(at({ ...holders, 'a>b': { ...full, bytes: 30 } }, used)).toEqual(['a room b @a>b'])
  })

  test('not where the bytes of the edge itself are used up', () => {
    const own = (bytes: number): PictureSketch['edges'] => ({ 'a>b': { ...starved, bytes, capacityBytes: 30 } })

    expect(at(own(30), used)).toEqual(['a room b @a>b'])
    expect(at(own(29), used)).toEqual(['a memory b @a>b'])
    expect(at({ 'a>b': { ...starved, bytes: 30, capacityBytes: 0 } }, used)).toEqual(['a memory b @a>b'])
  })

  test('of nobody in this flow, where several runs share it and one of them waits', () => {
    const share = (waiting: number): PictureSketch['memory'] => ({
      ...used,
      share: {
        name: 'a',
        budget: 'all',
        budgetHeldBytes: 100,
        waiting,
        waitedMs: 0,
        largest: { name: 'b', heldBytes: 90 },
      },
    })

    expect(at(holders, share(1))).toEqual(['a memory - @a>b'])
    expect(at(holders, share(0))).toEqual(['a room b @a>b'])
  })
})

describe('a stage waits for something outside of the flow', () => {
  test.each([
    ['work', { slotsIn: [1, 0, 0, 0] }],
    ['permit', { slotsIn: [0, 0, 0, 1] }],
    ['timer', { timers: 1 }],
  ] as const)('%s, as its slots and timers say', (what, stage) => {
    expect(of('b', { a: busy, b: stage }, { 'a>b': { length: 1, wanted: 1 } })).toEqual([`b ${what} -`])
  })

  test('its slots are guessed where time is not accounted for', () => {
    const guess = (stage: PictureSketch['stages'][string]): string[] =>
      of(
        'b',
        { a: busy, b: { inFlight: 2, slotsIn: undefined as never, ...stage } },
        { 'a>b': { length: 1, wanted: 1 } },
      )

    expect(guess({})).toEqual(['b work -'])
    expect(guess({ gates: ['calls'] })).toEqual(['b permit -'])
    expect(guess({ sync: true })).toEqual([])
    expect(guess({ inFlight: 0 })).toEqual([])
  })

  test('for its store, which holds items and hands out none, while everybody below wants some', () => {
    const durable = { durable: true, length: 3, wanted: 2 }
    const stages = { a: busy, b: idle, c: busy }

    expect(of('b', stages, { 'a>b': durable, 'b>c': { credit: 1 } })).toEqual(['b store - @a>b'])
    expect(of('b', stages, { 'a>b': durable, 'b>c': full })).toEqual(['b room c @b>c'])
    expect(of('b', { ...stages, b: busy }, { 'a>b': durable, 'b>c': { credit: 1 } })).toEqual(['b work -'])
    expect(of('b', stages, { 'a>b': { ...durable, durable: false }, 'b>c': { credit: 1 } })).toEqual([])
    expect(of('b', stages, { 'a>b': { ...durable, length: 0 }, 'b>c': { credit: 1 } })).toEqual(['b items a @a>b'])
  })

  test('a source for its input, when it was asked; a lone one when it starves', () => {
    expect(of('a', { a: idle, b: busy, c: busy }, { 'a>b': { credit: 0, length: 8 }, 'a>c': { credit: 1 } })).toEqual([
      'a room b @a>b',
      'a input -',
    ])
    expect(of('a', { a: idle, b: busy }, { 'a>b': full })).toEqual(['a room b @a>b'])
    expect(waits({ a: idle }, {})).toEqual(['a input -'])
    expect(waits({ a: { slotsIn: [0, 1, 0, 0] } }, {})).toEqual([])
    expect(waits({ part: { host: 'gone' } }, {})).toEqual(['part nothing -'])
  })

  test('an end that takes nothing has not said what for', () => {
    const end = (stage: PictureSketch['stages'][string], second = {}): string[] =>
      of('b', { a: busy, c: busy, b: stage }, { 'a>b': { length: 3 }, 'c>b': { length: 3, ...second } })

    expect(end(idle)).toEqual(['b nothing -'])
    expect(end(idle, { wanted: 1 })).toEqual([])
    expect(end(idle, { capacity: 0, credit: 0 })).toEqual(['b nothing -'])
    expect(end({ timers: 1 })).toEqual(['b timer -'])
    expect(of('b', { a: busy, b: idle, c: busy }, { 'a>b': { length: 3 }, 'b>c': { credit: 1 } })).toEqual([])
  })
})

describe('when everything has flowed out', () => {
  const over = { 'a>b': { isOver: true } }

  test('a sink that is not over is waited for, unless somebody waits for something else', () => {
    expect(waits({ a: idle, b: { kind: 'sink' } }, over)).toEqual(['b end -'])
    expect(waits({ a: idle, b: { kind: 'sink', timers: 1 } }, over)).toEqual(['b timer -'])
  })

  test('a stage through which nothing comes any more waits for no input, and takes no less than it should', () => {
    expect(waits({ a: idle, b: idle }, over)).toEqual([])
    expect(of('a', { a: idle, b: busy }, { 'a>b': { isOver: true }, 'a>a': { isOver: true } })).toEqual([])
  })
})
