import { describe, expect, it } from 'vitest'
import {
  snapshotPair,
  type EdgeSketch,
  type FlowSketch,
  type StageSketch,
} from '../../../test/support/snapshot-pair.ts'
import { scaleAdvice, type ScaleAdvice } from './scale-advice.ts'

const target = { use: 0.5, ageMs: 1000 }
const advise = (sketch: FlowSketch, adds: 'workers' | 'replicas' = 'workers'): ScaleAdvice | undefined =>
  scaleAdvice(...snapshotPair(sketch), 'run:call', target, adds)

/** `read` feeds `call`, which feeds `save`; nothing limits them but the input. */
const line = (call: StageSketch, before: EdgeSketch = {}): FlowSketch => ({
  stages: { read: {}, call, save: {} },
  edges: { 'read>call': before, 'call>save': {} },
})

describe('how much of a stage is needed', () => {
  it('is what it is used by what it should be used', () => {
    expect(advise(line({ busy: 0.75, rate: 40 }))).toEqual({
      pressure: 1.5,
      use: 0.75,
      oldestMs: 0,
      rate: 40,
      reason: 'call works 75 % of the time, 50 % is the target',
      wouldHelp: true,
    })
    expect(advise(line({ busy: 0.25 }))).toMatchObject({ pressure: 0.5, wouldHelp: true })
  })

  it('is how old its items are by how old they may be, where that is more', () => {
    const found = advise(line({ busy: 0.6 }, { length: 8, oldestMs: 1500 }))
    expect(found).toMatchObject({ pressure: 1.5, use: 0.6, oldestMs: 1500 })
    expect(found?.reason).toBe('the oldest item before call waits 1.5 s, 1.0 s is the target')

    const [before, after] = snapshotPair(line({ busy: 0.1 }, { length: 8, oldestMs: 600 }))
    const sooner = scaleAdvice(before, after, 'run:call', { use: 0.5, ageMs: 400 }, 'workers')
    expect(sooner?.reason).toBe('the oldest item before call waits 600 ms, 400 ms is the target')
  })

  it('is twice as much for any age above that, which says that there is too little and hardly how much', () => {
    expect(advise(line({ busy: 0.6 }, { length: 64, oldestMs: 60_000 }))?.pressure).toBe(2)
  })

  it('is told by its use where both say the same', () => {
    const found = advise(line({ busy: 0.75 }, { length: 8, oldestMs: 1500 }))
    expect(found?.reason).toBe('call works 75 % of the time, 50 % is the target')
  })

  it('is not known for a stage that is not there', () => {
    const [before, after] = snapshotPair(line({}))
    expect(scaleAdvice(before, after, 'run:other', target, 'workers')).toBeUndefined()
  })
})

describe('the age of what waits for a stage', () => {
  const passes: EdgeSketch = { capacity: 0 }
  const oldest = (stages: Record<string, StageSketch>, edges: Record<string, EdgeSketch>): number | undefined =>
    advise({ stages: { read: {}, call: {}, ...stages }, edges })?.oldestMs

  it('is that of the oldest item at any of its inputs', () => {
    const edges = { 'read>call': { oldestMs: 20 }, 'left>call': { oldestMs: 70 }, 'right>call': { oldestMs: 30 } }
    expect(oldest({ left: {}, right: {} }, edges)).toBe(70)
  })

  it('is looked for through segments that hold nothing, as far up as they go', () => {
    const stages = { one: { sync: true }, two: { sync: true } }
    const edges = { 'read>one': { oldestMs: 300 }, 'one>two': passes, 'two>call': { ...passes, oldestMs: 5 } }
    expect(oldest(stages, edges)).toBe(300)
    expect(oldest(stages, { ...edges, 'two>call': { ...passes, oldestMs: 400 } })).toBe(400)
  })

  it('is not looked for above a queue, or above a stage that works by itself', () => {
    expect(oldest({ one: { sync: true } }, { 'read>one': { oldestMs: 300 }, 'one>call': { oldestMs: 5 } })).toBe(5)
    expect(oldest({ one: {} }, { 'read>one': { oldestMs: 300 }, 'one>call': { ...passes, oldestMs: 5 } })).toBe(5)
  })

  it('is found in a ring of segments too', () => {
    const edges = { 'read>one': { oldestMs: 300 }, 'one>two': passes, 'two>one': passes, 'one>call': passes }
    expect(oldest({ one: { sync: true }, two: { sync: true } }, edges)).toBe(300)
  })
})

describe('more of a stage', () => {
  const limited = (worker: string, end: string): FlowSketch => ({
    stages: { read: { busy: 0.1, blocked: 0.9 }, [worker]: { busy: 0.99 }, [end]: {} },
    edges: { [`read>${worker}`]: { blocked: 0.9, length: 64 }, [`${worker}>${end}`]: {} },
  })
  const slowSink = (call: StageSketch, sink: string): FlowSketch => ({
    stages: { read: {}, call, [sink]: { busy: 0.99 } },
    edges: { 'read>call': { blocked: 0.9, length: 64 }, [`call>${sink}`]: { blocked: 0.9, length: 64 } },
  })

  it('would help where it is the limit itself', () => {
    expect(advise(limited('call', 'save'))).toMatchObject({ wouldHelp: true, pressure: 0.99 / 0.5 })
    expect(advise(limited('call', 'save'), 'replicas')?.wouldHelp).toBe(true)
  })

  it('would not help where another stage is the limit, unless that comes with it', () => {
    const sketch = limited('wrap', 'call')
    const found = advise(sketch)
    expect(found?.wouldHelp).toBe(false)
    expect(found?.reason).toMatch(/^0 more would help: wrap is the bottleneck: busy 99 %/)
    expect(advise(sketch, 'replicas')?.wouldHelp).toBe(true)
  })

  it('would not help against a slow sink, which is the same for all replicas', () => {
    const sketch = slowSink({ busy: 0.1, blocked: 0.9 }, 'save')
    expect(advise(sketch)?.wouldHelp).toBe(false)
    expect(advise(sketch, 'replicas')?.reason).toMatch(/^0 more would help: save is the bottleneck/)
  })

  it('would not help workers where the event loop is full, which each replica has of its own', () => {
    const sketch: FlowSketch = { ...line({ busy: 0.9, cpu: 0.9, sync: true }), loop: 0.98 }
    expect(advise(sketch)).toMatchObject({ wouldHelp: false })
    expect(advise(sketch)?.reason).toMatch(/^0 more would help: the event loop/)
    expect(advise(sketch, 'replicas')?.wouldHelp).toBe(true)
  })

  it('would help where its own work hangs, and not where that of another does', () => {
    const hung = (worker: string, end: string): FlowSketch => ({
      stages: { read: { blocked: 1, rate: 0 }, [worker]: { slots: 4, busy: 1, rate: 0 }, [end]: { rate: 0 } },
      edges: { [`read>${worker}`]: { blocked: 1, rate: 0, length: 64 }, [`${worker}>${end}`]: { rate: 0 } },
    })
    expect(advise(hung('call', 'save'))?.wouldHelp).toBe(true)
    expect(advise(hung('wrap', 'call'))?.reason).toMatch(/^0 more would help: wrap has not finished an item for 10 s/)
  })

  it('would not help where a gate withholds permits, nor in a deadlock', () => {
    const gated: FlowSketch = {
      ...line({ slots: 8, busy: 0.5, gated: 0.5, gates: ['calls'] }, { blocked: 0.8, length: 64 }),
      gates: { calls: { limit: 4, waiting: 4 } },
    }
    expect(advise(gated)?.reason).toMatch(/^0 more would help: gate calls \(4 permits\) is the limit/)
    const still = { blocked: 1, rate: 0 }
    const stuck = { ...still, length: 64 }
    const ring: FlowSketch = {
      stages: { read: still, call: still, back: still },
      edges: { 'read>call': stuck, 'call>back': stuck, 'back>call': stuck },
    }
    expect(advise(ring, 'replicas')?.reason).toMatch(/^0 more would help: deadlock: call → back → call/)
  })
})
