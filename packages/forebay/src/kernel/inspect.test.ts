import { describe, expect, test } from 'vitest'
import { VirtualClock } from '../testkit/virtual-clock.ts'
import type { Gate } from './gate.ts'
import type { Graph } from './graph.ts'
import { inspectRun } from './inspect.ts'
import { MemoryBudget } from './memory-budget.ts'
import type { RunEnvironment, RunningEdge } from './run-environment.ts'
import type { Snapshot } from './snapshot.ts'
import { StageAccount } from './stage-account.ts'
import { Totals } from './totals.ts'

interface Sketch {
  /** By name: the kind of a stage, and its counts. */
  stages?: Record<
    string,
    [kind: string, counts: Partial<Pick<StageAccount, 'in' | 'emitted' | 'failed' | 'inFlight' | 'makesItems'>>]
  >
  /** Items that each edge holds, and whether its account balances. */
  edges?: [length: number, isBalanced?: boolean][]
  /** Names of stages that have a fused sink in them. */
  fused?: string[]
  durables?: { length: number; redriven: number }[]
  totals?: Totals
  state?: Snapshot['state']
  simple?: boolean
  clock?: VirtualClock
  /** False while the run is being built. */
  isBuilt?: boolean
}

function inspected(sketch: Sketch): Snapshot {
  const { clock = new VirtualClock(), totals = new Totals(false), fused = [], durables = [] } = sketch
  const stages = Object.entries(sketch.stages ?? {}).map(([name, [kind, counts]]) => {
    const stage = new StageAccount({ id: name, name, kind, slots: 1, sync: true, meter: undefined })
    return Object.assign(stage, counts)
  })
  const edges = (sketch.edges ?? []).map(
    ([length, isBalanced = true], at) =>
      [{ length, isBalanced: () => isBalanced, inspect: (id: string) => ({ id, length }) }, `e${at}`] as const,
  )
  const gate = { inspect: () => ({ name: 'calls' }) }
  const sinks = stages.map((stage) => ({ stage, node: { fused: fused.includes(stage.name) } }))
  const env = { run: 'run', clock, totals, memory: new MemoryBudget(100), loop: { maxDelayMs: 3 } }
  return inspectRun({
    env: env as unknown as RunEnvironment,
    flow: 'flow',
    state: sketch.state ?? 'running',
    stages: new Set(stages),
    edges: new Map(edges as unknown as [RunningEdge, string][]),
    gates: new Map([[gate as unknown as Gate, 'g0']]),
    graph: sketch.isBuilt === false ? undefined : ({ sinks, durables } as unknown as Graph),
    simple: sketch.simple ?? false,
  })
}

describe('the picture of a run', () => {
  test('has its stages, edges, gates and memory, the time, and how busy the loop is where that is known', () => {
    const clock = new VirtualClock(1000)
    clock.advanceSync(5)
    const picture = inspected({ stages: { read: ['source', {}] }, edges: [[2]], clock })

    expect(picture).toMatchObject({ version: 1, flow: 'flow', run: 'run', at: 5, wall: 1005, state: 'running' })
    expect(picture.stages.map(({ name }) => name)).toEqual(['read'])
    expect(picture.edges).toEqual([{ id: 'e0', length: 2 }])
    expect(picture.gates).toEqual([{ id: 'g0', name: 'calls' }])
    expect(picture.memory).toMatchObject({ heldBytes: 0, budgetBytes: 100 })
    expect(picture.loop).toEqual({ activeMs: 0, idleMs: 0, maxDelayMs: 3 })
    const busy = Object.assign(clock, { utilisation: () => ({ activeMs: 7, idleMs: 8 }) })
    expect(inspected({ clock: busy }).loop).toEqual({ activeMs: 7, idleMs: 8, maxDelayMs: 3 })
  })

  test('is there while the run is being built', () => {
    for (const totals of [new Totals(true), new Totals(false)]) {
      const stages: Sketch['stages'] = { read: ['source', {}] }
      expect(inspected({ totals, stages, isBuilt: false })).toMatchObject({ balanced: true, ledger: { in: 0, out: 0 } })
    }
  })

  test('balances when records, edges and stages do', () => {
    const balanced = (sketch: Sketch): boolean => inspected(sketch).balanced
    const odd = { in: 1, emitted: 1, inFlight: 2 }

    expect(balanced({ edges: [[0], [0]] })).toBe(true)
    expect(balanced({ edges: [[0], [0, false]] })).toBe(false)
    expect(balanced({ stages: { read: ['source', { in: 2, emitted: 2 }] } })).toBe(false)
    expect(balanced({ stages: { map: ['map', {}] } })).toBe(true)
    const totals = new Totals(true)
    expect(balanced({ totals, stages: { map: ['map', odd] } })).toBe(false)
    expect(balanced({ totals, stages: { map: ['map', { ...odd, makesItems: true }] } })).toBe(true)
    expect(balanced({ totals, stages: { map: ['map', { inFlight: -1 }] } })).toBe(false)
    expect(balanced({ totals, stages: { a: ['map', {}], map: ['map', odd] } })).toBe(false)
    totals.in++
    expect(balanced({ totals })).toBe(false)
  })
})

describe('where one item is one record', () => {
  test('it is counted where it comes in, where it ends and where it is held', () => {
    const { ledger, balanced } = inspected({
      stages: {
        read: ['source', { in: 20, emitted: 18, inFlight: 1 }],
        ticks: ['firehose', { in: 5, emitted: 5 }],
        work: ['map', { in: 15, emitted: 9, failed: 2, inFlight: 1 }],
        save: ['sink', { in: 7, emitted: 2, inFlight: 1 }],
      },
      edges: [[8], [2]],
    })

    // One filtered behind `read`, three by `work`, six that the sink has settled.
    expect(ledger).toMatchObject({ in: 25, out: 10, inFlight: 13, dropped: { failed: 2 } })
    expect(balanced).toBe(true)
  })

  test('those a fused sink has taken are what its segment hands on', () => {
    const stages: Sketch['stages'] = { read: ['source', { in: 6, emitted: 5 }], other: ['map', { in: 1, emitted: 1 }] }

    expect(inspected({ stages, fused: ['read'] }).ledger).toMatchObject({ in: 6, out: 6, inFlight: 0 })
    expect(inspected({ stages }).ledger.out).toBe(1)
  })

  test('those that failed come on top of those that were dropped with this reason', () => {
    const totals = new Totals(false)
    totals.drop('failed', 3)
    totals.drop('full')
    const stages: Sketch['stages'] = { work: ['map', { in: 4, emitted: 2, failed: 2 }] }

    expect(inspected({ totals, stages }).ledger.dropped).toEqual({ failed: 5, full: 1 })
    expect(inspected({ stages: { work: ['map', {}] } }).ledger.dropped).toEqual({})
    expect(totals.dropped).toEqual({ failed: 3, full: 1 })
  })
})

describe('where several items that are held may be one record, or none', () => {
  const simple = (held: number, dropped = 0): Snapshot['ledger'] => {
    const totals = new Totals(false)
    if (dropped > 0) totals.drop('full', dropped)
    const stages: Sketch['stages'] = { read: ['source', { in: 10, emitted: 10 }], end: ['map', { in: 3, emitted: 9 }] }
    return inspected({ simple: true, totals, stages, edges: [[held]], fused: ['end'] }).ledger
  }

  test('what has come in and is neither lost nor held has gone out', () => {
    expect(simple(4)).toMatchObject({ in: 10, out: 6, inFlight: 4 })
    expect(simple(4, 3)).toMatchObject({ in: 10, out: 3, inFlight: 4, dropped: { full: 3 } })
  })

  test('no more is held than has come in, and not less than nothing', () => {
    expect(simple(40)).toMatchObject({ out: 0, inFlight: 10 })
    expect(simple(40, 2)).toMatchObject({ out: 0, inFlight: 8 })
    expect(simple(-3)).toMatchObject({ out: 10, inFlight: 0 })
  })
})

describe('where records have leases', () => {
  const durables = [
    { length: 4, redriven: 1 },
    { length: 2, redriven: 2 },
  ]

  test('those are counted, and what is stored is held until the run is over, and carried on then', () => {
    const totals = new Totals(true)
    Object.assign(totals, { in: 9, out: 3, open: 3, carriedIn: 3 })
    const ledger = (state: Snapshot['state']): Snapshot['ledger'] => inspected({ totals, durables, state }).ledger

    for (const state of ['running', 'draining'] as const) {
      expect(ledger(state)).toMatchObject({ carriedIn: 6, in: 9, out: 3, inFlight: 9, carriedOut: 0 })
    }
    for (const state of ['done', 'failed', 'cancelled'] as const) {
      expect(ledger(state)).toMatchObject({ inFlight: 3, carriedOut: 6 })
    }
  })
})
