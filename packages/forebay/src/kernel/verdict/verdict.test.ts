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
    expect(() => verdict(after, before)).toThrow(/earlier snapshot first/)
  })

  test('is calm when no time has passed', () => {
    const [before] = snapshotPair(factory)

    expect(verdict(before, before).kind).toBe('calm')
  })
})
