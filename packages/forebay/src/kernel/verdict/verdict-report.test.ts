import { describe, expect, test } from 'vitest'
import { snapshotPair, type EdgeSketch, type FlowSketch } from '../../../test/support/snapshot-pair.ts'
import { verdict } from './verdict.ts'

const of = (sketch: FlowSketch): ReturnType<typeof verdict> => verdict(...snapshotPair(sketch))

/** A source, and a stage that it waits for. */
const slow: FlowSketch = {
  stages: { read: { busy: 0.2, blocked: 0.8 }, save: { busy: 0.99 } },
  edges: { 'read>save': { blocked: 0.8, length: 64 } },
}

describe('whom a limit blocks', () => {
  test('is on the way to it, with id, name and share, worst first, the limit itself left out', () => {
    const found = of({
      stages: {
        read: { busy: 0.6, blocked: 0.3 },
        parse: { busy: 0.2, blocked: 0.7 },
        save: { busy: 0.9, blocked: 0.06 },
        other: { busy: 0.5, blocked: 0.2 },
        sink: { busy: 0.96 },
      },
      edges: {
        'read>parse': { blocked: 0.3 },
        'parse>save': { blocked: 0.7 },
        'other>sink': { blocked: 0.2 },
      },
    })

    expect(found.stage).toBe('run:save')
    expect(found.blocks).toEqual([
      { stage: 'run:parse', name: 'parse', share: 0.7 },
      { stage: 'run:read', name: 'read', share: 0.3 },
    ])
  })

  test('is every stage when it is the event loop, from a twentieth of the time on', () => {
    const found = of({
      loop: 0.99,
      stages: {
        read: { busy: 0.1, blocked: 0.4, sync: true, cpu: 0.1 },
        beside: { blocked: 0.05 },
        hardly: { blocked: 0.04 },
        parse: { busy: 0.7, blocked: 0.25, sync: true, cpu: 0.8 },
        far: { blocked: 0.6 },
      },
      edges: { 'read>parse': { blocked: 0.4 } },
    })

    expect(found).toMatchObject({ kind: 'loop', stage: 'run:parse' })
    expect(found.blocks.map(({ name }) => name)).toEqual(['far', 'read', 'beside'])
  })

  test('are eight at most', () => {
    const names = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'i']
    const blocked = Object.fromEntries(names.map((name, at) => [name, { blocked: 0.9 - at / 20, sync: true }]))
    const found = of({ loop: 0.99, stages: { ...blocked, parse: { busy: 1, sync: true, cpu: 0.9 } }, edges: {} })

    expect(found.blocks.map(({ name }) => name)).toEqual(names.slice(0, 8))
  })

  test('is nobody when the input is the limit, though some wait now and then', () => {
    const found = of({
      stages: { read: { blocked: 0.2 }, save: { busy: 0.2 } },
      edges: { 'read>save': { blocked: 0.2 } },
    })

    expect(found).toMatchObject({ kind: 'input', blocks: [], path: ['run:read', 'run:save'] })
  })

  test('is nobody when nothing comes in, and when the run is over', () => {
    const idle = { stages: { read: { rate: 0 }, save: { rate: 0 } }, edges: { 'read>save': { rate: 0 } } }

    expect(of(idle)).toMatchObject({ kind: 'calm', blocks: [], path: ['run:read'] })
    expect(of({ ...slow, state: 'failed' })).toMatchObject({ kind: 'done', blocks: [], path: [], also: [] })
  })
})

test('a flow that is being drained still has a limit', () => {
  expect(of({ ...slow, state: 'draining' })).toMatchObject({ kind: 'bottleneck', stage: 'run:save' })
})

describe('other limits', () => {
  const beside = (stages: FlowSketch['stages'], edges: FlowSketch['edges']): FlowSketch => ({
    stages: { ...slow.stages, ...stages },
    edges: { ...slow.edges, ...edges },
  })

  test('do not count a part whose input is its limit, nor one that is calm', () => {
    const rest = beside(
      { tick: { rate: 5 }, log: { busy: 0.1, rate: 5 }, idle: { rate: 0 } },
      { 'tick>log': { rate: 5 } },
    )

    expect(of(rest)).toMatchObject({ stage: 'run:save', also: [] })
  })

  test('are named by their gate where there is one, three at most', () => {
    const stages = Object.fromEntries(
      ['b', 'c', 'd', 'e'].flatMap((name, at) => [
        [`from-${name}`, { blocked: 0.7 - at / 10 }],
        [name, name === 'b' ? { slots: 8, busy: 0.4, gated: 0.6, gates: ['calls'] } : { busy: 0.97 }],
      ]),
    )
    const edges = Object.fromEntries(
      ['b', 'c', 'd', 'e'].map((name, at) => [`from-${name}>${name}`, { blocked: 0.7 - at / 10 }]),
    )

    expect(of({ ...beside(stages, edges), gates: { calls: {} } }).also).toEqual([
      { kind: 'gate', id: 'run:calls', name: 'calls' },
      { kind: 'bottleneck', id: 'run:c', name: 'c' },
      { kind: 'bottleneck', id: 'run:d', name: 'd' },
    ])
  })
})

describe('losses', () => {
  test('are those edges that drop, the largest rate first, eight at most', () => {
    const branches = Array.from({ length: 10 }, (_, at) => `log${at}`)
    const edge = (drops: number): EdgeSketch => ({ policy: 'drop-newest', drops, rate: 100, length: 8 })
    const found = of({
      stages: { ...slow.stages, ...Object.fromEntries(branches.map((name) => [name, { busy: 1 }])) },
      edges: { ...slow.edges, ...Object.fromEntries(branches.map((name, at) => [`read>${name}`, edge(at * 10)])) },
    })

    expect(found.losses.map(({ perSecond }) => perSecond)).toEqual([90, 80, 70, 60, 50, 40, 30, 20])
    expect(found.losses[0]).toEqual({
      edge: 'run:read>log9',
      name: 'read>log9',
      policy: 'drop-newest',
      perSecond: 90,
      share: 0.9,
    })
  })

  test('are no more than what was offered, also where nothing comes any more', () => {
    const found = of({ ...slow, edges: { 'read>save': { policy: 'drop-oldest', rate: 0, drops: 5, length: 8 } } })

    expect(found.losses).toMatchObject([{ perSecond: 5, share: 1 }])
  })
})
