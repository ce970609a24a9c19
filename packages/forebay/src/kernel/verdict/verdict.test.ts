import { describe, expect, test } from 'vitest'
import { snapshotPair, type FlowSketch } from '../../../test/support/snapshot-pair.ts'
import { verdict } from './verdict.ts'

const of = (sketch: FlowSketch): ReturnType<typeof verdict> => verdict(...snapshotPair(sketch))

const factory: FlowSketch = {
  stages: {
    melt: { busy: 0.07, blocked: 0.93 },
    mould: { busy: 0.51, blocked: 0.31, rate: 100 },
    wrap: { busy: 0.98, slots: 4, rate: 100 },
    pack: { busy: 0.2 },
  },
  edges: {
    'melt>mould': { blocked: 0.93, length: 64 },
    'mould>wrap': { blocked: 0.31, length: 64, oldestMs: 640 },
    'wrap>pack': {},
  },
}

describe('a chain', () => {
  test('names the stage that works all the time, whom it blocks, and what more workers would give', () => {
    const found = of(factory)

    expect(found).toMatchObject({ kind: 'bottleneck', stage: 'run:wrap', edge: 'run:mould>wrap' })
    expect(found.sentence).toBe(
      'wrap is the bottleneck: busy 98 % (4/4). It blocks melt 93 %, mould 31 % of the time. +4 workers → ~1.9×, then mould limits.',
    )
    expect(found.whatIf).toMatchObject({ stage: 'run:wrap', nextLimiter: 'run:mould' })
    expect(found.whatIf?.factor).toBeCloseTo(0.98 / 0.51)
    expect(found.whatIf?.predictedRate).toBeCloseTo(192, 0)
    expect(found.evidence).toMatchObject({ slots: 4, held: 64, oldestMs: 640, rate: 100 })
    expect(found.path).toEqual(['run:melt', 'run:mould', 'run:wrap'])
  })

  test('is the same when it is asked again, and survives serialisation', () => {
    const found = of(factory)

    expect(of(factory)).toEqual(found)
    expect(JSON.parse(JSON.stringify(found))).toEqual(found)
  })

  test('says that the input is the limit when every stage has time to spare', () => {
    const found = of({
      stages: { read: { rate: 12 }, wrap: { busy: 0.34, rate: 12 } },
      edges: { 'read>wrap': {} },
    })

    expect(found).toMatchObject({ kind: 'input', stage: 'run:read' })
    expect(found.sentence).toBe(
      'nothing limits the flow but its input: read gives 12/s, and the busiest stage, wrap, is busy 34 %.',
    )
  })

  test('refuses snapshots of two runs, and snapshots in the wrong order', () => {
    const [before, after] = snapshotPair(factory)

    expect(() => verdict(before, { ...after, run: 'other' })).toThrow(RangeError)
    expect(() => verdict(after, before)).toThrow(/two snapshots of one run in order/)
  })

  test('is calm when no time has passed', () => {
    const [before] = snapshotPair(factory)

    expect(verdict(before, before).kind).toBe('calm')
  })
})

describe('a fan', () => {
  test('passes over a side branch that is always busy behind an edge that drops', () => {
    const found = of({
      stages: {
        read: { busy: 0.2, blocked: 0.8 },
        save: { busy: 0.97 },
        log: { busy: 1, rate: 5 },
      },
      edges: {
        'read>save': { blocked: 0.8, length: 64 },
        'read>log': { policy: 'drop-oldest', drops: 95, length: 64 },
      },
    })

    expect(found).toMatchObject({ kind: 'bottleneck', stage: 'run:save' })
    expect(found.losses).toEqual([
      { edge: 'run:read>log', name: 'read>log', policy: 'drop-oldest', perSecond: 95, share: 0.95 },
    ])
    expect(found.sentence).not.toContain('dropped')
  })

  test('follows the output that holds the stage back most', () => {
    const found = of({
      stages: { read: { busy: 0.1, blocked: 0.9 }, left: { busy: 0.85, blocked: 0.1 }, right: { busy: 0.99 }, end: {} },
      edges: { 'read>left': { blocked: 0.1 }, 'read>right': { blocked: 0.85 }, 'left>end': {}, 'right>end': {} },
    })

    expect(found.stage).toBe('run:right')
  })
})

describe('a join', () => {
  test('names the input that gives too little, not the join that waits for it', () => {
    const found = of({
      stages: {
        orders: { busy: 0.1, blocked: 0.83, rate: 12 },
        quotes: { rate: 12 },
        join: { busy: 0.12, rate: 12 },
        save: { busy: 0.3, rate: 12 },
      },
      edges: { 'orders>join': { blocked: 0.83, length: 64 }, 'quotes>join': {}, 'join>save': {} },
    })

    expect(found).toMatchObject({ kind: 'source', stage: 'run:quotes' })
    expect(found.sentence).toBe(
      'quotes is the slow input of join: it gives 12/s, and join waits for it 88 % of the time. It blocks orders 83 % of the time.',
    )
    expect(found.whatIf).toBeUndefined()
  })

  test('walks on upstream to the stage that makes an input slow', () => {
    const found = of({
      stages: {
        orders: { busy: 0.1, blocked: 0.8 },
        quotes: { busy: 0.4, blocked: 0.6 },
        price: { busy: 0.98 },
        join: { busy: 0.2 },
      },
      edges: { 'orders>join': { blocked: 0.8 }, 'quotes>price': { blocked: 0.6 }, 'price>join': {} },
    })

    expect(found).toMatchObject({ kind: 'bottleneck', stage: 'run:price' })
  })
})

describe('branches of one source that are joined again', () => {
  test('are not told that their source is a slow input of the join', () => {
    const found = of({
      stages: {
        read: { busy: 1 },
        left: { busy: 0.3, blocked: 0.6 },
        right: { busy: 0.4 },
        join: { busy: 0.3 },
      },
      edges: {
        'read>left': { length: 16 },
        'read>right': {},
        'left>join': { blocked: 0.6 },
        'right>join': {},
      },
    })

    expect(found).toMatchObject({ kind: 'bottleneck', stage: 'run:read' })
  })
})

describe('several sources', () => {
  test('puts the limit that holds back most first, and the others under also', () => {
    const found = of({
      stages: {
        a: { busy: 0.2, blocked: 0.8 },
        b: { busy: 0.7, blocked: 0.3 },
        slow: { busy: 0.99 },
        slowish: { busy: 0.95 },
        merge: { busy: 0.3 },
      },
      edges: { 'a>slow': { blocked: 0.8 }, 'b>slowish': { blocked: 0.3 }, 'slow>merge': {}, 'slowish>merge': {} },
    })

    expect(found.stage).toBe('run:slow')
    expect(found.also).toEqual([{ kind: 'bottleneck', id: 'run:slowish', name: 'slowish' }])
  })

  test('does not count load that will not grow: a source that gives what it has stays as it is', () => {
    const stages = {
      fast: { busy: 0.2, blocked: 0.8 },
      slow: { busy: 1 },
      tick: { rate: 900 },
      shared: { busy: 0.8, rate: 1000 },
    }
    const found = of({
      stages,
      edges: {
        'fast>slow': { blocked: 0.8, rate: 100 },
        'slow>shared': { rate: 100 },
        'tick>shared': { rate: 900 },
      },
    })

    expect(found.whatIf?.factor).toBe(2)
  })
})

describe('a gate', () => {
  const gated: FlowSketch = {
    stages: {
      read: { busy: 0.2, blocked: 0.8 },
      enrich: { slots: 8, busy: 0.5, gated: 0.5, gates: ['calls'] },
      save: { busy: 0.4 },
    },
    edges: { 'read>enrich': { blocked: 0.8 }, 'enrich>save': {} },
    gates: { calls: { kind: 'limit', limit: 4, waiting: 4 } },
  }

  test('that withholds permits is the limit, working as configured', () => {
    const found = of(gated)

    expect(found).toMatchObject({ kind: 'gate', gate: 'run:calls', stage: 'run:enrich' })
    expect(found.sentence).toBe(
      'gate calls (4 permits) is the limit, working as configured: enrich waits for it 50 % of the time. It blocks read 80 % of the time. Doubling calls → ~2.0×.',
    )
  })

  test('is named as a breaker, with the time of its next probe, when it is one and open', () => {
    const found = of({
      ...gated,
      stages: { ...gated.stages, enrich: { slots: 8, gated: 0.97, rate: 2, gates: ['calls', 'guard'] } },
      gates: {
        calls: { kind: 'limit', waiting: 40 },
        guard: { kind: 'breaker', state: 'open', retryAfterMs: 3200, waiting: 0 },
      },
    })

    expect(found).toMatchObject({ kind: 'gate', gate: 'run:guard' })
    expect(found.sentence).toContain(
      'breaker guard is open: enrich waits for it 97 % of the time; next probe in 3.2 s.',
    )
    expect(found.whatIf).toBeUndefined()
  })

  test('is named as a breaker also where it is a part of a composite', () => {
    const [, after] = snapshotPair({
      ...gated,
      gates: { guard: { kind: 'breaker', state: 'open' }, slots: { kind: 'limit' } },
    })
    const found = of({ ...gated, gates: { calls: { kind: 'composite', parts: after.gates } } })

    expect(found.sentence).toMatch(/^breaker guard of calls is open: enrich waits for it 50 % of the time\./)
    expect(found.whatIf).toBeUndefined()
  })

  test('does not gain more by doubling than the slots behind it can do', () => {
    const found = of({
      ...gated,
      stages: { ...gated.stages, enrich: { slots: 5, busy: 0.8, gated: 0.2, gates: ['calls'] } },
    })

    expect(found.whatIf).toMatchObject({ stage: 'run:calls', nextLimiter: 'run:enrich' })
    expect(found.whatIf?.factor).toBeCloseTo(1.25)
  })
})

describe('a firehose', () => {
  test('leads to what it is too fast for, with what is dropped before it', () => {
    const found = of({
      stages: { ticks: { rate: 500 }, draw: { busy: 0.99, rate: 50 } },
      edges: { 'ticks>draw': { policy: 'drop-oldest', rate: 500, drops: 450, length: 512, capacity: 512 } },
    })

    expect(found).toMatchObject({ kind: 'bottleneck', stage: 'run:draw', edge: 'run:ticks>draw' })
    expect(found.sentence).toContain('450 of 500/s are dropped before it (drop-oldest at ticks>draw).')
    expect(found.losses[0]).toMatchObject({ share: 0.9 })
  })

  test('limits its consumer no more once that could take all', () => {
    const found = of({
      stages: { ticks: { rate: 500 }, draw: { busy: 1, rate: 400 } },
      edges: { 'ticks>draw': { policy: 'drop-oldest', rate: 500, drops: 100, length: 512, capacity: 512 } },
    })

    expect(found.whatIf).toMatchObject({ nextLimiter: 'run:ticks' })
    expect(found.whatIf?.factor).toBeCloseTo(1.25)
  })
})

describe('a durable edge', () => {
  test('leads to its consumer while it fills, though nobody waits yet', () => {
    const found = of({
      stages: { door: { rate: 1000 }, save: { busy: 0.96, rate: 100 } },
      edges: { 'door>save': { durable: true, rate: 1000, lengthBefore: 500, length: 9500, capacity: 100_000 } },
    })

    expect(found).toMatchObject({ kind: 'bottleneck', stage: 'run:save' })
    expect(found.evidence.held).toBe(9500)
  })

  test('leads to its consumer while it empties, though nothing comes in', () => {
    const found = of({
      stages: { door: { rate: 0 }, save: { busy: 0.96, rate: 100 } },
      edges: { 'door>save': { durable: true, rate: 0, lengthBefore: 9500, length: 8500, capacity: 100_000 } },
    })

    expect(found).toMatchObject({ kind: 'bottleneck', stage: 'run:save' })
  })
})

describe('the event loop', () => {
  const crowded: FlowSketch = {
    loop: 0.99,
    stages: {
      read: { busy: 0.1, blocked: 0.85, sync: true, cpu: 0.1 },
      parse: { busy: 0.72, blocked: 0.25, sync: true, cpu: 0.71, operators: { parse: 0.9, clean: 0.1 } },
      call: { slots: 4, busy: 0.96, cpu: 0.1 },
    },
    edges: { 'read>parse': { blocked: 0.4 }, 'parse>call': { blocked: 0.25 } },
  }

  test('when full, is what limits, by the operator that uses most of it and not by the stage that looks busiest', () => {
    const found = of(crowded)

    expect(found).toMatchObject({ kind: 'loop', stage: 'run:parse', operator: 'parse' })
    expect(found.sentence).toMatch(/^the event loop is saturated \(99 % busy\): parse takes 64 % of it\./)
    expect(found.sentence).toContain('Moving parse to workers → up to ~')
    expect(found.evidence).toMatchObject({ loop: 0.99, loopShare: expect.closeTo(0.639) as number })
  })

  test('names the operator within its segment', () => {
    const { stages } = crowded
    const found = of({
      ...crowded,
      stages: { ...stages, parse: { ...stages['parse'], operators: { decode: 0.7, clean: 0.3 } } },
    })

    expect(found.sentence).toContain('decode in parse takes 50 % of it')
  })

  test('is blamed on other code when the flow itself uses little of it', () => {
    const found = of({
      ...crowded,
      stages: { read: { busy: 0.9, sync: true, cpu: 0.05 }, save: { busy: 0.2, sync: true, cpu: 0.07 } },
      edges: { 'read>save': {} },
    })

    expect(found.kind).toBe('loop')
    expect(found.stage).toBeUndefined()
    expect(found.sentence).toContain('this flow uses only 12 % of it: other code in this process holds it back.')
  })

  test('stays out of it while it has time to spare', () => {
    expect(of({ ...crowded, loop: 0.7 })).toMatchObject({ kind: 'bottleneck', stage: 'run:call' })
  })

  test('counts what the stages were seen to use where the runtime has no figure', () => {
    const { loop: _, ...silent } = crowded

    expect(of(silent)).toMatchObject({ kind: 'loop', operator: 'parse' })
  })
})

describe('when nothing moves', () => {
  test('a ring in which each waits for the next is a deadlock', () => {
    const still = { blocked: 1, rate: 0 }
    const found = of({
      stages: { read: still, build: still, check: still, save: { rate: 0 } },
      edges: {
        'read>build': { blocked: 1, rate: 0, length: 64 },
        'build>check': { blocked: 1, rate: 0, length: 64 },
        'check>build': { blocked: 1, rate: 0, length: 64 },
        'check>save': { rate: 0 },
      },
    })

    expect(found).toMatchObject({ kind: 'deadlock', path: ['run:build', 'run:check'] })
    expect(found.sentence).toContain('deadlock: build → check → build: each waits for the next')
  })

  test('a join that waits for a stage which it blocks itself is a deadlock as well', () => {
    const found = of({
      stages: {
        fan: { blocked: 1, rate: 0 },
        left: { blocked: 1, rate: 0 },
        right: { rate: 0 },
        join: { rate: 0 },
      },
      edges: {
        'fan>left': { blocked: 1, rate: 0, length: 64 },
        'fan>right': { rate: 0 },
        'left>join': { blocked: 1, rate: 0, length: 64 },
        'right>join': { rate: 0 },
      },
    })

    expect(found.kind).toBe('deadlock')
    expect(found.path).toEqual(['run:fan', 'run:left', 'run:join', 'run:right'])
  })

  test('work that never ends is a stall, with what waits for it', () => {
    const found = of({
      stages: { read: { blocked: 1, rate: 0 }, call: { slots: 4, busy: 1, rate: 0 } },
      edges: { 'read>call': { blocked: 1, rate: 0, length: 64, oldestMs: 12_000 } },
    })

    expect(found).toMatchObject({ kind: 'stall', stage: 'run:call' })
    expect(found.sentence).toBe(
      'call has not finished an item for 10 s: 4/4 slots are busy and 64 items wait (oldest 12 s). It blocks read 100 %.',
    )
  })

  test('a stage that gets no permit is limited by its gate, and does not stall', () => {
    const found = of({
      stages: { read: { blocked: 1, rate: 0 }, call: { gated: 1, rate: 0, gates: ['calls'] } },
      edges: { 'read>call': { blocked: 1, rate: 0, length: 64 } },
      gates: { calls: {} },
    })

    expect(found).toMatchObject({ kind: 'gate', gate: 'run:calls' })
  })

  test('a flow that got nothing is calm, and one that is over is done', () => {
    const idle = { stages: { read: { rate: 0 }, save: { rate: 0 } }, edges: { 'read>save': { rate: 0 } } }

    expect(of(idle)).toMatchObject({ kind: 'calm', sentence: 'calm: nothing came in for 10 s and nothing waits.' })
    expect(of({ ...idle, state: 'cancelled' })).toMatchObject({ kind: 'done', sentence: 'the flow is cancelled.' })
  })

  test('a flow that is idle because its queue tries suspects says so', () => {
    const [before, after] = snapshotPair({
      stages: { door: { rate: 0 }, save: { rate: 4 } },
      edges: { 'door>save': { rate: 4, length: 1200 } },
    })
    const edges = after.edges.map((edge) => ({ ...edge, name: 'inbox', suspects: 1200 }))

    expect(verdict(before, { ...after, edges })).toMatchObject({
      kind: 'calm',
      sentence:
        'calm: nothing came in for 10 s. inbox tries 1,200 suspects in groups: an earlier process may have died of one of them.',
    })
  })
})
