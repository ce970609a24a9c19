import { describe, expect, test } from 'vitest'
import { snapshotPair, type FlowSketch, type StageSketch } from '../../../test/support/snapshot-pair.ts'
import type { GateSnapshot, Snapshot } from '../snapshot.ts'
import { findings, trippedIn, type Finding, type VerdictOptions } from './finding.ts'
import { flowView } from './flow-view.ts'
import type { GateView } from './gate-view.ts'

const of = (sketch: FlowSketch, options?: VerdictOptions): Finding[] =>
  findings(flowView(...snapshotPair(sketch)), options)
const named = ({ kind, view, gate }: Finding): string =>
  [kind, view?.stage.name, gate?.gate.name].filter((name) => name !== undefined).join(' ')
const first = (sketch: FlowSketch, options?: VerdictOptions): Finding => of(sketch, options)[0] as Finding

/** A source that waits for a stage for so much of the time. */
const behind = (blocked: number, save: StageSketch, more: Partial<FlowSketch> = {}): FlowSketch => ({
  stages: { read: { blocked, rate: save.rate ?? 100 }, save },
  edges: { 'read>save': { blocked } },
  ...more,
})

describe('limits', () => {
  const still = { blocked: 1, rate: 0 }

  test('are ranked: what stands still, what holds back most, the input last', () => {
    const found = of({
      stages: {
        idle: { rate: 0 },
        tick: { blocked: 0.2 },
        log: { busy: 0.2 },
        small: { blocked: 0.06 },
        slowish: { busy: 0.97 },
        a: { blocked: 0.8 },
        b: { blocked: 0.8 },
        slow: { busy: 0.99 },
        hung: { blocked: 0.6, rate: 0 },
        call: { busy: 1, rate: 0 },
        ringed: { blocked: 0.9, rate: 0 },
        build: still,
        check: still,
      },
      edges: {
        'tick>log': { blocked: 0.2 },
        'small>slowish': { blocked: 0.06 },
        'a>slow': { blocked: 0.8 },
        'b>slow': { blocked: 0.8 },
        'hung>call': { blocked: 0.6 },
        'ringed>build': { blocked: 0.9 },
        'build>check': { blocked: 1 },
        'check>build': { blocked: 1 },
      },
    })

    expect(found.map(named)).toEqual([
      'deadlock check',
      'stall call',
      'bottleneck slow',
      'bottleneck slowish',
      'input tick',
      'calm idle',
    ])
    expect(found[2]?.weight).toBeCloseTo(1.6)
  })

  test('count a way once, though more than one of its stages has a backlog', () => {
    const [found, ...more] = of(behind(0.8, { busy: 0.99 }, { edges: { 'read>save': { blocked: 0.8, length: 64 } } }))

    expect(more).toEqual([])
    expect(found).toMatchObject({ kind: 'bottleneck', weight: 0.8 })
  })

  test('weigh what is dropped like waiting', () => {
    const { weight } = first({
      stages: { ticks: { rate: 500 }, draw: { busy: 0.99, rate: 50 } },
      edges: { 'ticks>draw': { policy: 'drop-oldest', rate: 500, drops: 450, length: 512 } },
    })

    expect(weight).toBeCloseTo(0.9)
  })

  test('of a flow without stages are none: it is calm', () => {
    expect(of({ stages: {}, edges: {} })).toEqual([{ kind: 'calm', weight: 0, confidence: 1 }])
  })
})

describe('a stage is the bottleneck', () => {
  test('when it works for four fifths of the time, or for the share that was asked for', () => {
    expect(named(first(behind(0.1, { busy: 0.8 })))).toBe('bottleneck save')
    expect(named(first(behind(0.1, { busy: 0.79 })))).toBe('input read')
    expect(named(first(behind(0.1, { busy: 0.7 }), { saturated: 0.7 }))).toBe('bottleneck save')
  })

  test('when it is held responsible for bursts: three tenths of the time, and as full', () => {
    expect(first(behind(0.3, { busy: 0.3 }))).toMatchObject({
      kind: 'bottleneck',
      confidence: expect.closeTo(0.375) as number,
    })
    expect(named(first(behind(0.29, { busy: 0.5 })))).toBe('input read')
    expect(named(first(behind(0.5, { busy: 0.29 })))).toBe('input read')
  })

  test('though the source was not seen to give anything', () => {
    expect(
      named(
        first({ ...behind(0.8, { busy: 0.99 }), stages: { read: { blocked: 0.8, rate: 0 }, save: { busy: 0.99 } } }),
      ),
    ).toBe('bottleneck save')
  })

  test('not when something else is the limit: the input is, as surely as nobody waits', () => {
    expect(first(behind(0.2, { busy: 0.5 }))).toMatchObject({ kind: 'input', confidence: 0.8 })
  })
})

describe('a gate is the limit', () => {
  const gates = (list: NonNullable<FlowSketch['gates']>): Partial<FlowSketch> => ({ gates: list })
  const at = (busy: number, gated: number, of: NonNullable<FlowSketch['gates']> = { calls: {} }): Finding =>
    first(behind(0.8, { busy, gated, gates: Object.keys(of) }, gates(of)))

  test('when the stage waits for it a twentieth of the time, and is not full by its own work', () => {
    expect(named(at(0.5, 0.05))).toBe('gate save calls')
    expect(named(at(0.8, 0.04))).toBe('bottleneck save')
    expect(named(at(0.89, 0.1))).toBe('gate save calls')
    expect(named(at(0.9, 0.1))).toBe('bottleneck save')
  })

  test('when work and waiting together are half of the time', () => {
    expect(named(at(0.1, 0.4))).toBe('gate save calls')
    expect(named(at(0.1, 0.39))).toBe('bottleneck save')
    expect(at(0.1, 0.5).confidence).toBeCloseTo(0.75)
    expect(at(0.4, 0.6).confidence).toBe(1)
  })

  test('when the picture has it: a stage whose gates nobody shows is the bottleneck', () => {
    expect(named(first(behind(0.8, { busy: 0.4, gated: 0.6, gates: ['calls'] })))).toBe('bottleneck save')
  })

  test('the one with the longest line, of two alike the one without credit; a closed breaker last', () => {
    const which = (list: NonNullable<FlowSketch['gates']>): string | undefined => at(0.4, 0.6, list).gate?.gate.name

    expect(which({ a: { waiting: 2 }, b: { waiting: 3, credit: 9 } })).toBe('b')
    expect(which({ a: { waiting: 2, credit: 5 }, b: { waiting: 2, credit: 0 } })).toBe('b')
    expect(which({ fuse: { kind: 'breaker', state: 'closed', credit: 0 }, b: { credit: 3 } })).toBe('b')
  })

  test('a breaker that is open before one that probes, and that before any line', () => {
    const which = (list: NonNullable<FlowSketch['gates']>): string | undefined => at(0.4, 0.6, list).gate?.gate.name
    const halfOpen = { kind: 'breaker', state: 'half-open' } as const

    expect(which({ a: { waiting: 1000 }, b: halfOpen })).toBe('b')
    expect(which({ a: halfOpen, b: { kind: 'breaker', state: 'open' } })).toBe('b')
    expect(which({ a: { kind: 'breaker', state: 'open' }, b: halfOpen })).toBe('a')
  })
})

test('the breaker of a composite is the part, though the whole says open too', () => {
  const [{ gates }] = snapshotPair({ stages: {}, edges: {}, gates: { calls: {}, guard: {} } })
  const [calls, guard] = gates.map((gate) => ({ ...gate, state: 'open' as const })) as [GateSnapshot, GateSnapshot]
  const parts = [{ ...guard, kind: 'breaker' as const }]
  const view = (gate: GateSnapshot): GateView => ({ gate, admittedRate: 0, part: undefined })

  expect(trippedIn(view({ ...calls, kind: 'composite', parts }))?.name).toBe('guard')
  expect(trippedIn(view(calls))).toBeUndefined()
})

describe('a ring is a deadlock', () => {
  const ring = (check: StageSketch): FlowSketch => ({
    stages: { read: { blocked: 1, rate: 0 }, build: { blocked: 1, rate: 0 }, check: { rate: 0, ...check } },
    edges: {
      'read>build': { blocked: 1 },
      'build>check': { blocked: 1 },
      'check>build': { blocked: check.blocked ?? 0 },
    },
  })

  test('when each of it can do nothing for nearly all of the time', () => {
    expect(first(ring({ blocked: 0.95, busy: 0.05 }))).toMatchObject({ kind: 'deadlock', weight: 1 })
    expect(first(ring({ blocked: 0.5 })).kind).toBe('deadlock')
    expect(first(ring({ blocked: 0.9, gated: 0.1 })).kind).not.toBe('deadlock')
  })

  test('not while a member moves items, or has set a timer', () => {
    expect(first(ring({ blocked: 1, rate: 5 })).kind).not.toBe('deadlock')
    const [before, after] = snapshotPair(ring({ blocked: 1 }))
    const timed = (picture: Snapshot, timers: number): Snapshot => ({
      ...picture,
      stages: picture.stages.map((stage) => (stage.name === 'check' ? { ...stage, timers } : stage)),
    })
    const kinds = (timers: number): string[] => findings(flowView(before, timed(after, timers))).map(({ kind }) => kind)

    expect(kinds(0)).toEqual(['deadlock'])
    expect(kinds(1)).not.toContain('deadlock')
  })
})

describe('when nothing moves', () => {
  test('what is waited for has stalled, whether items are held before it or handed over', () => {
    expect(named(first(behind(1, { busy: 1, rate: 0 })))).toBe('stall save')
    const idle = { stages: { read: { rate: 0 }, save: { busy: 1, rate: 0 } }, edges: { 'read>save': { length: 5 } } }
    expect(of(idle).map(named)).toEqual(['stall save', 'calm read'])
  })

  test('a source that gives nothing has stalled when a join waits for it, and others wait for the join', () => {
    const found = first({
      stages: { orders: { blocked: 1, rate: 0 }, quotes: { rate: 0 }, join: { rate: 0 } },
      edges: { 'orders>join': { blocked: 1 }, 'quotes>join': {} },
    })

    expect(named(found)).toBe('stall quotes')
  })

  test('a flow that has dropped something is calm all the same, but not while it drops', () => {
    const [before, after] = snapshotPair({
      stages: { read: { rate: 0 }, save: { rate: 0 } },
      edges: { 'read>save': {} },
    })
    const losing = (picture: Snapshot, expired: number): Snapshot => ({
      ...picture,
      ledger: { ...picture.ledger, dropped: { expired } },
    })

    expect(findings(flowView(losing(before, 7), losing(after, 7))).map(named)).toEqual(['calm read'])
    expect(findings(flowView(losing(before, 7), losing(after, 8))).map(named)).toEqual(['input read'])
  })
})

describe('a full event loop', () => {
  const full = (stages: FlowSketch['stages'], more: Partial<FlowSketch> = {}): FlowSketch => ({
    loop: 0.99,
    stages: { read: { blocked: 0.8 }, save: { busy: 0.97 }, ...stages },
    edges: { 'read>save': { blocked: 0.8 } },
    ...more,
  })
  const gate = (gated: number, more = {}): FlowSketch =>
    full({ save: { busy: 0.5, gated, gates: ['calls'] }, ...more }, { gates: { calls: {} } })

  test('goes before a stage, with what the walk had found', () => {
    const found = first(full({}))

    expect(found).toMatchObject({ kind: 'loop', weight: 1, confidence: 0.99 })
    expect(found.walk?.path.map(({ stage }) => stage.name)).toEqual(['read', 'save'])
  })

  test('goes neither before a deadlock nor before a gate that is waited for half of the time', () => {
    const still = { blocked: 1, rate: 0 }
    const ring = { read: still, save: still, back: still }
    const edges = { 'read>save': { blocked: 1 }, 'save>back': { blocked: 1 }, 'back>save': { blocked: 1 } }

    expect(first(full(ring, { edges })).kind).toBe('deadlock')
    expect(named(first(gate(0.5)))).toBe('gate save calls')
    expect(first(gate(0.4)).kind).toBe('loop')
    expect(first(full({ save: { busy: 0.4, gated: 0.6 } })).kind).toBe('loop')
  })

  test('leaves gates as the only other limits: stages only look busy', () => {
    const more = { feed: { blocked: 0.5 }, slow: { busy: 0.95 } }
    const sketch = gate(0.4, more)
    const found = of({ ...sketch, edges: { ...sketch.edges, 'feed>slow': { blocked: 0.5 } } })

    expect(found.map(named)).toEqual(['loop', 'gate save calls'])
  })

  test('is what was asked for, and of this flow when that uses half of it; of two alike the first is named', () => {
    const quarter = (cpu: number, other = 0): FlowSketch =>
      full({ read: { cpu }, save: { cpu: other } }, { loop: 0.75 })
    const options = { loopSaturated: 0.75 }

    expect(first(quarter(0.4)).kind).not.toBe('loop')
    expect(named(first(quarter(0.375), options))).toBe('loop read')
    expect(named(first(quarter(0.37), options))).toBe('loop')
    expect(named(first(quarter(0.3, 0.3), options))).toBe('loop read')
    expect(first(quarter(0.2, 0.3), options)).toMatchObject({ operator: { name: 'save' } })
  })
})
