import { describe, expect, it } from 'vitest'
import { Flow } from '../../flow/flow.ts'
import { broadcastNode } from '../../flow/junctions/broadcast.ts'
import { partitionNode } from '../../flow/junctions/partition.ts'
import { toArray } from '../../flow/operators/reduce.ts'
import { takeLast } from '../../flow/operators/last.ts'
import { flow } from '../../flow/sources.ts'
import { world } from '../../testkit/world.ts'
import { isForebayError } from '../errors.ts'
import { seededRandom } from '../random.ts'
import type { JunctionNode } from '../plan.ts'
import { deadlocksOf, refuseDeadlocks } from './plan-deadlocks.ts'

type Join = (a: Flow<any>, b: Flow<any>) => Flow<any>

function diamond(join: Join, of: JunctionNode = broadcastNode(flow.range(1, 300).node, 2)): Flow<any> {
  const way = (index: number): Flow<any> => new Flow<any>({ type: 'outlet', name: of.name, of, index }, [])
  return join(way(0), way(1))
}

const found = (
  join: Join,
  of?: JunctionNode,
): { isCertain: boolean; room: number; needs: number; sentence: string }[] =>
  deadlocksOf(diamond(join, of).to(() => {}))

/** Whether it gets through, as it turns out. */
async function completes(made: Flow<any>): Promise<boolean> {
  try {
    await world(1, async (w) => {
      await w.run(made.to(() => {})).done
    })
    return true
  } catch (error) {
    if (isForebayError(error, 'FOREBAY_DEADLOCK')) return false
    throw error
  }
}

describe('ways that wait for each other', () => {
  it.each<[string, Join, number, number]>([
    ['a batch beside nothing', (a, b) => a.batch(100).zip(b), 100, 1],
    ['a batch beside too small a buffer', (a, b) => a.batch(100).zip(b.buffer(98)), 100, 99],
    [
      'batches of batches',
      (a, b) =>
        a
          .batch(4)
          .batch(5)
          .zip(b.buffer(16).map((n) => n)),
      20,
      17,
    ],
    ['the last of all', (a, b) => b.buffer(8).zip(a.via(takeLast(2))), Infinity, 9],
    ['all of them', (a, b) => a.via(toArray(1000)).zip(b.mapAsync((n) => n, { concurrency: 3 })), Infinity, 4],
    ['one behind the other', (a, b) => a.filter((n) => n > 1).concat(b), Infinity, 0],
  ])('are certain: %s', async (_name, join, needs, room) => {
    expect(found(join)).toMatchObject([{ isCertain: true, needs, room }])
    expect(() => refuseDeadlocks(diamond(join).to(() => {}))).toThrow(/^deadlock: /)
    expect(await completes(diamond(join))).toBe(false)
  })

  it.each<[string, Join]>([
    ['a filter in one way', (a, b) => a.filter((n) => n % 2).zip(b.buffer(8))],
    ['a buffer for one batch, though each leaves some behind', (a, b) => a.batch(10).zip(b.buffer(20))],
    ['one behind the other, with some room', (a, b) => a.concat(b.buffer(8))],
    ['one behind another that may end early', (a, b) => a.take(3).concat(b)],
    ['one that has lost what the other holds', (a, b) => a.buffer(3, 'drop-oldest').zip(b.buffer(18))],
    ['a bound in bytes', (a, b) => a.batch(100).zip(b.buffer({ items: 50, bytes: '1KiB' }))],
  ])('are possible: %s', (_name, join) => {
    expect(found(join)).toMatchObject([{ isCertain: false, sentence: expect.stringMatching(/^may deadlock: /) }])
    expect(() => refuseDeadlocks(diamond(join).to(() => {}))).not.toThrow()
  })

  it('are possible where each item goes one way only', () => {
    const of = partitionNode(flow.range(1, 300).node, 2, (n: number) => n % 2)
    expect(found((a, b) => a.zip(b), of)).toHaveLength(2)
    expect(found((a, b) => a.merge(b), of)).toEqual([])
  })

  it.each<[string, Join]>([
    ['the same number on both', (a, b) => a.map((n) => n).zip(b.mapAsync((n) => n, { concurrency: 2 }))],
    ['the same batches on both', (a, b) => a.batch(10).zip(b.batch(10))],
    ['a policy that drops', (a, b) => a.batch(100).zip(b.buffer(4, 'drop-oldest'))],
    ['a merge', (a, b) => a.batch(100).merge(b)],
    ['two flows of their own', () => flow.range(1, 9).batch(9).zip(flow.range(1, 9))],
  ])('are none: %s', async (_name, join) => {
    expect(found(join)).toEqual([])
    expect(() => refuseDeadlocks(diamond(join).to(() => {}))).not.toThrow()
    expect(await completes(diamond(join))).toBe(true)
  })

  it('say what would help', () => {
    expect(found((a, b) => a.batch(100).zip(b.buffer(4).named('copy')))[0]?.sentence).toBe(
      'deadlock: zip takes an item of each way of broadcast at a time; the way of batch takes 100 items before it gives one, and the way of copy holds at most 5. Give it room for 100, or a policy that drops.',
    )
    expect(found((a, b) => a.concat(b))[0]?.sentence).toBe(
      'deadlock: concat reads the direct way of broadcast to its end before the direct way, which holds at most 0 items meanwhile. Give it a policy that drops, or merge them.',
    )
  })

  it('say why they are possible, or that a way gives nothing before its end', () => {
    expect(found((a, b) => a.filter((n) => n % 2).zip(b.buffer(8)))[0]?.sentence).toBe(
      'may deadlock: zip takes an item of each way of broadcast at a time, and the way of filter does not give as many as the other, of which the way of buffer(8) holds at most 9. Give it a policy that drops.',
    )
    expect(found((a, b) => a.via(takeLast(2)).zip(b.buffer(8)))[0]?.sentence).toBe(
      'deadlock: zip takes an item of each way of broadcast at a time; the way of takeLast gives none before its end, and the way of buffer(8) holds at most 9. Give it a policy that drops.',
    )
  })

  it('say where the ways meet, if that is known', () => {
    const { node } = diamond((a, b) => a.batch(100).zip(b))
    const [risk] = deadlocksOf(new Flow<any>({ ...node, site: 'app.ts:1:2' }, []).to(() => {}))

    expect(risk).toMatchObject({ site: 'app.ts:1:2', parts: 'broadcast', meets: 'zip', waiting: ['batch'], full: [] })
    expect(Object.keys(deadlocksOf(new Flow<any>(node, []).to(() => {}))[0] ?? {})).not.toContain('site')
  })

  it('are sixteen at most, the certain ones first', () => {
    const certain = Array.from({ length: 10 }, () => diamond((a, b) => a.batch(9).zip(b)))
    const possible = Array.from({ length: 10 }, () => diamond((a, b) => a.filter((n) => n % 2).zip(b)))
    const all = [...possible, ...certain].reduce((one, other) => one.merge(other))

    expect(deadlocksOf(all.to(() => {})).map(({ isCertain }) => isCertain)).toEqual([
      ...Array.from({ length: 10 }, () => true),
      ...Array.from({ length: 6 }, () => false),
    ])
  })

  it('are found behind other junctions, and in a graph with very many ways', () => {
    let tall: Flow<any> = flow.range(1, 300)
    for (let i = 0; i < 40; i++) tall = diamond((a, b) => a.merge(b), broadcastNode(tall.node, 2))
    const program = diamond((a, b) => a.batch(9).zip(b), broadcastNode(tall.node, 2)).to(() => {})
    expect(deadlocksOf(program).filter(({ isCertain }) => isCertain)).toHaveLength(1)
  })
})

it('random ways: what is certain stops, and what is not named gets through', async () => {
  const seen = { certain: 0, none: 0 }
  for (let seed = 1; seed <= 400; seed++) {
    const random = seededRandom(seed)
    const below = (n: number): number => Math.floor(random.next() * n)
    const pieces: ((f: Flow<any>) => Flow<any>)[] = [
      (f) => f.buffer(1 + below(30)),
      (f) => f.batch(1 + below(6)),
      (f) => f.map((n) => n),
      (f) => f.mapAsync((n) => n, { concurrency: 1 + below(4) }),
      (f) => f.buffer(1 + below(4), 'drop-oldest'),
      (f) => f.scan((_, n) => n, 0),
    ]
    const way = (f: Flow<any>): Flow<any> => {
      let made = f
      for (let i = below(4); i > 0; i--) made = (pieces[below(pieces.length)] as (f: Flow<any>) => Flow<any>)(made)
      return made
    }
    const isConcat = random.next() < 0.2
    const made = diamond((a, b) => (isConcat ? way(a).concat(way(b)) : way(a).zip(way(b))))
    const risks = deadlocksOf(made.to(() => {}))
    const isCertain = risks.some((risk) => risk.isCertain)
    if (risks.length > 0 && !isCertain) continue
    seen[isCertain ? 'certain' : 'none']++
    expect(await completes(made), `seed ${seed}: ${risks[0]?.sentence}`).toBe(!isCertain)
  }
  expect(seen.certain).toBeGreaterThan(30)
  expect(seen.none).toBeGreaterThan(30)
})
