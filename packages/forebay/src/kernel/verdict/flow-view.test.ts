import { describe, expect, test } from 'vitest'
import { snapshotAt, type FlowSketch } from '../../../test/support/snapshot-pair.ts'
import type { EdgeSnapshot, Snapshot, StageSnapshot } from '../snapshot.ts'
import { flowView, type EdgeView, type FlowView, type StageView } from './flow-view.ts'

const sketch: FlowSketch = {
  stages: {
    read: { busy: 0.2, blocked: 0.3, gated: 0.1, rate: 50, cpu: 0.4, operators: { parse: 0.25, clean: 0.75 } },
    save: { busy: 0.9, rate: 40, slots: 4 },
  },
  edges: { 'read>save': { blocked: 0.25, rate: 50, drops: 10, policy: 'drop-oldest', lengthBefore: 40, length: 140 } },
}

/** The last ten of fifteen seconds. */
function pair(more: Partial<FlowSketch> = {}): [Snapshot, Snapshot] {
  const all = { ...sketch, ...more }
  return [snapshotAt(all, 5000), snapshotAt(all, 15_000)]
}

const stageOf = (view: FlowView, at: number): StageView => view.stages[at] as StageView
const edgeOf = (view: FlowView): EdgeView => view.edges[0] as EdgeView

/** The same picture with its first stage or edge changed. */
const withStage = (picture: Snapshot, changes: Partial<StageSnapshot>): Snapshot => ({
  ...picture,
  stages: picture.stages.map((stage, at) => (at === 0 ? { ...stage, ...changes } : stage)),
})
const withEdge = (picture: Snapshot, changes: Partial<EdgeSnapshot>): Snapshot => ({
  ...picture,
  edges: picture.edges.map((edge) => ({ ...edge, ...changes })),
})

describe('what happened between two pictures', () => {
  test('is told of a stage in shares of its slot time and per second, not counting what was before', () => {
    const view = flowView(...pair())

    expect(stageOf(view, 0)).toMatchObject({ rate: 50, cpu: expect.closeTo(0.4) as number })
    const { busy, blocked, gated, starved } = stageOf(view, 0)
    expect([busy, blocked, gated, starved].map((share) => share.toFixed(2))).toEqual(['0.20', '0.30', '0.10', '0.40'])
    expect(stageOf(view, 1).busy).toBeCloseTo(0.9)
  })

  test('is told of the operators of a stage, the largest first; one whose sampled share fell has used nothing', () => {
    const [before, after] = pair()
    const operators = (picture: Snapshot): string[] =>
      stageOf(flowView(before, picture), 0).operators.map(({ name, cpu }) => `${name} ${cpu.toFixed(2)}`)
    const shares = (parse: number, clean: number) => [
      { name: 'parse', share: parse },
      { name: 'clean', share: clean },
    ]

    expect(operators(after)).toEqual(['clean 0.30', 'parse 0.10'])
    // Of 2 s, then of 6 s of processor time.
    expect(operators(withStage(after, { operators: shares(0.05, 0.95) }))).toEqual(['clean 0.42', 'parse 0.00'])
  })

  test('is told of an edge: what came, what was dropped, how long it held back, and whether it grew', () => {
    const [before, after] = pair()
    const view = edgeOf(flowView(withEdge(before, { length: 90 }), after))

    expect(view).toMatchObject({ putRate: 50, dropRate: 10, growth: 0.1, isLossy: true })
    expect(view.blocked).toBeCloseTo(0.25)
    expect(view.from.outputs).toEqual([view])
    expect(view.to.inputs).toEqual([view])
  })

  test('charges an edge no more than its stage lost', () => {
    const [before, after] = pair()

    expect(edgeOf(flowView(before, withEdge(after, { blockedMs: 14_000 }))).blocked).toBeCloseTo(0.3)
  })

  test('does not call an edge growing to which nothing comes', () => {
    const [before, after] = pair()
    const { put } = before.edges[0] as EdgeSnapshot

    expect(edgeOf(flowView(before, withEdge(after, { put, length: 500 }))).growth).toBe(0)
  })

  test('counts from nothing what is only in the later picture', () => {
    const [before, after] = pair({ gates: { calls: { admitted: 30 } } })
    const view = flowView({ ...before, stages: [], edges: [], gates: [] }, after)

    expect(stageOf(view, 0)).toMatchObject({ busy: 0.3, rate: 75, operators: [{ name: 'clean' }, { name: 'parse' }] })
    expect(stageOf(view, 0).blocked).toBeCloseTo(0.45)
    expect(stageOf(view, 0).cpu).toBeCloseTo(0.6)
    expect(edgeOf(view)).toMatchObject({ putRate: 79, dropRate: 15, growth: expect.closeTo(140 / 790) as number })
    expect(edgeOf(view).blocked).toBeCloseTo(0.375)
    expect(view.gates.get('run:calls')?.admittedRate).toBe(3)
  })

  test('does not hold edges whose stages no picture has', () => {
    const [before, after] = pair()

    expect(flowView(before, withEdge(after, { from: 'run:gone' })).edges).toEqual([])
    expect(flowView(before, withEdge(after, { to: 'run:gone' })).edges).toEqual([])
  })

  test('has what was dropped since the earlier picture', () => {
    const [before, after] = pair()
    const losing = (picture: Snapshot, dropped: Record<string, number>): Snapshot => ({
      ...picture,
      ledger: { ...picture.ledger, dropped },
    })

    expect(flowView(losing(before, { expired: 5 }), losing(after, { expired: 7, full: 1 })).dropped).toBe(3)
  })
})

describe('the rate of a stage', () => {
  const rate = (then: Partial<StageSnapshot>, now: Partial<StageSnapshot>): number => {
    const [before, after] = pair()
    return stageOf(flowView(withStage(before, then), withStage(after, now)), 0).rate
  }

  test('counts items whose work has ended, not those it has only begun', () => {
    expect(rate({ in: 100, inFlight: 10 }, { in: 200, inFlight: 60 })).toBe(5)
  })

  test('counts what it gave out where it took nothing in', () => {
    expect(rate({ in: 0, emitted: 100 }, { in: 0, emitted: 130 })).toBe(3)
    expect(rate({ in: 40, inFlight: 0, emitted: 100 }, { in: 80, inFlight: 40, emitted: 130 })).toBe(3)
  })
})

describe('the event loop', () => {
  test('is as busy as the runtime says', () => {
    expect(flowView(...pair({ loop: 0.25 })).loop).toBeCloseTo(0.25)
    const [before, after] = pair({ loop: 0.25 })
    const loop = { activeMs: 4000, idleMs: 5000, maxDelayMs: 0 }
    expect(flowView({ ...before, loop: { ...loop, activeMs: 2000, idleMs: 2000 } }, { ...after, loop }).loop).toBe(0.4)
  })

  test('is as busy as the stages were seen to be where the runtime says nothing, and unknown where those say nothing', () => {
    expect(flowView(...pair()).loop).toBeCloseTo(0.4)
    const { read: _, ...silent } = sketch.stages
    expect(flowView(...pair({ stages: silent })).loop).toBeUndefined()
  })
})

test('memory that runs share is waited for in a share of the window, from the time on that it is shared', () => {
  const share = (waitedMs: number): Partial<Snapshot> => ({
    memory: {
      heldBytes: 0,
      budgetBytes: 100,
      share: {
        name: 'a',
        budget: 'all',
        budgetHeldBytes: 90,
        waiting: 1,
        waitedMs,
        largest: { name: 'b', heldBytes: 60 },
      },
    },
  })
  const [before, after] = pair()

  expect(flowView({ ...before, ...share(1000) }, { ...after, ...share(3500) }).memoryWait).toBe(0.25)
  expect(flowView(before, { ...after, ...share(3500) }).memoryWait).toBe(0.35)
  expect(flowView(before, after).memoryWait).toBe(0)
})
