import { describe, expect, test } from 'vitest'
import { snapshotPair, type FlowSketch, type StageSketch } from '../../../test/support/snapshot-pair.ts'
import { verdict } from './verdict.ts'
import type { WhatIf } from './what-if.ts'

const of = (sketch: FlowSketch): WhatIf | undefined => verdict(...snapshotPair(sketch)).whatIf
const factor = (sketch: FlowSketch): number => Number(of(sketch)?.factor.toFixed(3))

describe('what doubling a stage gives', () => {
  const chain = (save: number, more: FlowSketch['stages'] = {}, edges: FlowSketch['edges'] = {}): FlowSketch => ({
    stages: { read: { blocked: 0.8 }, save: { busy: save, rate: 50 }, ...more },
    edges: { 'read>save': { blocked: 0.8 }, ...edges },
  })

  test('is twice as much where nobody else has a limit, in items as well', () => {
    expect(of(chain(1))).toEqual({ stage: 'run:save', change: '+1 worker', factor: 2, predictedRate: 100 })
    const four = of(chain(1, { save: { busy: 1, slots: 4, rate: 50 } }))
    expect(four?.change).toBe('+4 workers')
  })

  test('is what the next one has room for, which is named', () => {
    expect(of(chain(1, { after: { busy: 0.8 } }, { 'save>after': {} }))).toMatchObject({
      factor: 1.25,
      nextLimiter: 'run:after',
      nextLimiterName: 'after',
    })
    expect(factor(chain(0.5, { after: { busy: 0.8 } }, { 'save>after': {} }))).toBe(1)
  })

  test('is what comes behind a source that is the limit itself', () => {
    expect(of({ stages: { read: { busy: 1 }, after: { busy: 0.8 } }, edges: { 'read>after': {} } })).toMatchObject({
      stage: 'run:read',
      factor: 1.25,
    })
  })

  test('is not held by a stage on the way that only waits now and then', () => {
    const mid = { mid: { busy: 0.5, blocked: 0.03 } }

    expect(factor({ ...chain(1, mid), edges: { 'read>mid': { blocked: 0.8 }, 'mid>save': { blocked: 0.03 } } })).toBe(2)
  })

  test('is nothing where it gives nothing, or where nothing can be said', () => {
    expect(of(chain(1, { save: { busy: 1, rate: 0 }, read: { blocked: 0.8 } }))).toBeUndefined()
    expect(
      of({ stages: { read: { rate: 5 }, save: { busy: 0.2, rate: 5 } }, edges: { 'read>save': {} } }),
    ).toBeUndefined()
  })

  test('of a synchronous stage counts its time on the loop, of another its slots', () => {
    const after = (more: object): FlowSketch => chain(1, { after: { busy: 0.8, ...more } }, { 'save>after': {} })

    expect(factor(after({ sync: true, cpu: 0.625 }))).toBe(1.6)
    expect(factor(after({ sync: true }))).toBe(1.25)
    expect(factor(after({ cpu: 0.625 }))).toBe(1.25)
  })

  test('of a slow source is told when that works, not when it only waits', () => {
    const join = (quotes: number): FlowSketch => ({
      stages: { orders: { blocked: 0.8 }, quotes: { busy: quotes }, join: { busy: 0.2 } },
      edges: { 'orders>join': { blocked: 0.8 }, 'quotes>join': {} },
    })

    expect(of(join(0.5))).toMatchObject({ stage: 'run:quotes', factor: 2 })
    expect(of(join(0.49))).toBeUndefined()
  })
})

describe('load that does not grow', () => {
  /** `slow` is doubled; it feeds `shared` with so many of its items per second, the rest comes from `tick`. */
  const beside = (tick: object, slow = 100, rest = 100): FlowSketch => ({
    stages: { fast: { blocked: 0.8 }, slow: { busy: 1 }, tick: { rate: rest, ...tick }, shared: { busy: 0.8 } },
    edges: { 'fast>slow': { blocked: 0.8 }, 'slow>shared': { rate: slow }, 'tick>shared': { rate: rest } },
  })

  test('is what comes from a source that gives what it has', () => {
    expect(factor(beside({}))).toBe(1.5)
    expect(factor(beside({}, 100, 300))).toBe(2)
    expect(factor(beside({ sync: true }))).toBe(1.5)
    const alone = { fast: { blocked: 0.8 }, slow: { busy: 0.85 }, tick: {}, full: { busy: 0.99 } }
    expect(factor({ stages: alone, edges: { 'fast>slow': { blocked: 0.8 }, 'tick>full': {} } })).toBe(2)
  })

  test('is not what comes from one that waits as well', () => {
    expect(factor(beside({ blocked: 0.05 }))).toBe(1.25)
    expect(factor(beside({ blocked: 0.04 }))).toBe(1.5)
  })

  test('is what is behind an edge that drops: it gets no more', () => {
    const sketch = beside({ blocked: 0.5 })
    const edges = { ...sketch.edges, 'tick>shared': { policy: 'drop-oldest' as const, rate: 100, drops: 20 } }

    expect(factor({ ...sketch, edges })).toBe(1.45)
  })

  test('goes through stages to those behind them, in whatever order they stand', () => {
    const stages = { end: { busy: 0.8 }, fast: { blocked: 0.8 }, slow: { busy: 1 }, tick: {}, mid: {} }
    const edges = { 'fast>slow': { blocked: 0.8 }, 'slow>mid': {}, 'tick>mid': {}, 'mid>end': { rate: 200 } }

    expect(factor({ stages, edges })).toBe(1.5)
  })

  test('is not multiplied: where the limit itself is fed by others, its own growth counts', () => {
    const sketch: FlowSketch = {
      stages: { fast: { blocked: 0.8, busy: 0.2 }, tick: {}, slow: { busy: 1, rate: 200 }, end: { busy: 0.8 } },
      edges: { 'fast>slow': { blocked: 0.8 }, 'tick>slow': {}, 'slow>end': { rate: 200 } },
    }

    expect(of(sketch)).toMatchObject({ nextLimiter: 'run:end', factor: 1.25 })
    expect(factor({ ...sketch, stages: { ...sketch.stages, end: { busy: 0.2 } } })).toBe(2)
    // Twice as much of it all is three times as much of what can grow, which its source cannot do.
    const tired = { ...sketch.stages, end: { busy: 0.2 }, fast: { blocked: 0.5, busy: 0.5 } }
    expect(factor({ ...sketch, stages: tired })).toBe(1.5)
  })
})

describe('gates', () => {
  const gated = (gate: object, enrich = {}, more: FlowSketch['stages'] = {}): FlowSketch => ({
    stages: { read: { blocked: 0.8 }, save: { busy: 1 }, enrich: { busy: 0.2, gates: ['calls'], ...enrich }, ...more },
    edges: { 'read>save': { blocked: 0.8 }, 'save>enrich': {} },
    gates: { calls: gate, unused: { kind: 'limit', limit: 1 } },
  })

  test('limit next by the permits that are in use while work runs', () => {
    const limit = { kind: 'limit', limit: 4 } as const

    expect(of(gated(limit, { slots: 8, busy: 0.4 }))).toMatchObject({
      factor: 1.25,
      nextLimiter: 'run:calls',
      nextLimiterName: 'calls',
    })
    const other = { other: { busy: 0.8, gates: ['calls'] } }
    expect(factor(gated(limit, { slots: 6, busy: 0.4 }, other))).toBe(1.25)
    expect(factor(gated({ ...limit, limit: Infinity }, { slots: 8, busy: 0.4 }))).toBe(2)
    expect(factor(gated({ ...limit, limit: 0 }, { slots: 8, busy: 0.4 }))).toBe(2)
    expect(factor(gated({ ...limit, kind: 'breaker' }, { slots: 8, busy: 0.4 }))).toBe(2)
  })

  test('limit next by what they admit, where they are rates', () => {
    const [before, after] = snapshotPair(gated({ kind: 'rate', limit: 125, unit: 'permits/s' }))
    const gates = after.gates.map((gate) => ({ ...gate, admitted: gate.name === 'calls' ? 1000 : 0 }))

    expect(verdict(before, { ...after, gates }).whatIf).toMatchObject({ factor: 1.25, nextLimiter: 'run:calls' })
  })

  test('are doubled only where that is a number of theirs', () => {
    const limiting = (gate: object): WhatIf | undefined =>
      of({
        stages: { read: { blocked: 0.8 }, enrich: { busy: 0.4, gated: 0.6, gates: ['calls'], rate: 10 } },
        edges: { 'read>enrich': { blocked: 0.8 } },
        gates: { calls: gate },
      })

    expect(limiting({ kind: 'rate' })).toMatchObject({ stage: 'run:calls', change: 'doubling calls', factor: 2 })
    expect(limiting({ kind: 'limit' })).toMatchObject({ stage: 'run:calls', factor: 2, predictedRate: 20 })
    expect(limiting({ kind: 'keyed' })).toBeUndefined()
  })
})

describe('a way that overflows', () => {
  test('leads to a sender that can give no more than it does already', () => {
    const filling = (length: number): FlowSketch => ({
      stages: { door: { rate: 100 }, save: { busy: 1, rate: 80 } },
      edges: { 'door>save': { capacity: 100_000, rate: 100, lengthBefore: 100, length } },
    })

    expect(of(filling(300))).toMatchObject({ factor: 1.25, nextLimiter: 'run:door', nextLimiterName: 'door' })
    expect(factor(filling(350))).toBe(1.333)
  })

  test('is the load of all that lies behind it', () => {
    const stages = (sender: string): FlowSketch['stages'] => ({ [sender]: {}, save: { busy: 1 }, after: { busy: 0.8 } })
    const filling = { capacity: 100_000, rate: 100, lengthBefore: 100, length: 400 }
    const dropping = { policy: 'drop-oldest', rate: 100, drops: 50, length: 8 } as const

    for (const edge of [filling, dropping]) {
      const sketch = { stages: stages('door'), edges: { 'door>save': edge, 'save>after': {} } }
      expect(of(sketch)).toMatchObject({ factor: 1.25, nextLimiter: 'run:after' })
    }
  })

  test('is counted once when its sender waits besides', () => {
    const sketch: FlowSketch = {
      stages: { door: { blocked: 0.5, rate: 100 }, save: { busy: 1, rate: 80 } },
      edges: { 'door>save': { capacity: 100_000, rate: 100, lengthBefore: 100, length: 300, blocked: 0.5 } },
    }

    expect(factor(sketch)).toBe(2)
  })
})

describe('moving an operator off a full loop', () => {
  const crowded = (more: FlowSketch['stages'] = {}, loop = 1): FlowSketch => ({
    loop,
    stages: {
      read: { busy: 0.1, blocked: 0.85, sync: true, cpu: 0.1 },
      parse: { busy: 0.8, blocked: 0.1, sync: true, cpu: 0.5, operators: { decode: 1 } },
      ...more,
    },
    edges: { 'read>parse': { blocked: 0.8 } },
  })

  test('gives what is left of the loop without it, which limits next', () => {
    expect(of(crowded())).toMatchObject({
      stage: 'run:parse',
      change: 'moving decode to workers',
      factor: 2,
      nextLimiter: 'loop',
      nextLimiterName: 'the event loop',
    })
    const all = crowded({ parse: { busy: 1, sync: true, cpu: 1, operators: { decode: 1 } } })
    expect(of(all)?.factor).toBeGreaterThan(9)
  })

  /** The loop is moved off; `call` does not use it, and waits for it at the end of each item. */
  const calling = (call: StageSketch, read: StageSketch = {}): WhatIf | undefined => {
    const more = { call: { slots: 4, rate: 10, ...call }, read: { busy: 0.1, sync: true, cpu: 0.1, ...read } }
    const idle = { idle: { busy: 0.9, sync: true, cpu: 0.01, rate: 0 } }
    return of({
      ...crowded({ ...more, ...idle }),
      edges: { 'read>parse': { blocked: 0.8 }, 'parse>call': { rate: 10 } },
    })
  }

  test('gives no more than a stage that does not use the loop can do, whose waiting for it is an estimate', () => {
    // Of each item of `call`: what is left of a turn, 1.3 ms on average, to a round of `parse`, 3 ms, or of `read`, 6 ms.
    const one = calling({ busy: 0.8 }, { blocked: 0.85 })
    expect(one?.nextLimiter).toBe('run:call')
    expect(one?.factor).toBeCloseTo(1 / (0.8 - (2.15 * 10) / 4000), 9)
    expect(calling({ busy: 0.8 }, { blocked: 0.3 })?.factor).toBeCloseTo(1 / (0.8 - (3.65 * 10) / 4000), 9)
    expect(calling({ busy: 0.001 })).toMatchObject({ factor: 2, nextLimiter: 'loop' })
  })

  test('counts what a source on the loop would give then, though it does not wait now', () => {
    const sketch = crowded({ read: { busy: 0.1, sync: true, cpu: 0.1 }, call: { busy: 0.8, rate: 0.001 } })

    expect(of({ ...sketch, edges: { 'read>parse': {}, 'parse>call': {} } })).toMatchObject({ nextLimiter: 'run:call' })
  })
})

test('a loop that has time to spare limits next, by what this flow uses of it', () => {
  const sketch = (cpu: number, loop: number): FlowSketch => ({
    loop,
    stages: { read: { blocked: 0.8 }, save: { busy: 1, cpu } },
    edges: { 'read>save': { blocked: 0.8 } },
  })

  expect(of(sketch(0.8, 0.8))).toMatchObject({ factor: 1.25, nextLimiter: 'loop' })
  expect(factor(sketch(0.4, 0.8))).toBe(1.5)
  expect(factor(sketch(0, 0.8))).toBe(2)
  expect(factor(sketch(0, 0))).toBe(2)
})
