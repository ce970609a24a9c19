import { describe, expect, test } from 'vitest'
import { snapshotPair, type FlowSketch } from '../../../test/support/snapshot-pair.ts'
import type { GateSnapshot, Snapshot } from '../snapshot.ts'
import { gateView } from './gate-view.ts'
import { verdict } from './verdict.ts'

const part = { admitted: 0, inUse: 0, zombies: 0, sheds: {}, oldestWaitMs: 0, retryAfterMs: 0, waiting: 0 } as const
const pace = { ...part, kind: 'rate', name: 'pace', state: 'free', limit: 50, unit: 'permits/s' } as const
const slots = { ...part, kind: 'limit', name: 'slots', state: 'full', limit: 20, unit: 'permits' } as const
const fuse = { ...part, kind: 'breaker', name: 'fuse', state: 'closed', limit: 0x3fffffff, unit: 'permits' } as const

describe('a gate whose parts say how long they let nobody in', () => {
  /** After ten seconds, with what each part has withheld before and in them. */
  function said(paceMs: [number, number], slotsMs: [number, number], credit = 5): string {
    const [before, after] = snapshotPair({
      stages: { read: { blocked: 0.9 }, enrich: { busy: 0.4, gated: 0.6, gates: ['calls'] } },
      edges: { 'read>enrich': { blocked: 0.9 } },
    })
    const gatesAt = (at: 0 | 1): Snapshot['gates'] => [
      {
        ...part,
        id: 'run:calls',
        kind: 'composite',
        name: 'calls',
        state: 'free',
        limit: 20,
        unit: 'permits',
        credit: 0,
        withheldMs: { 0: 20_000 * at, 1: paceMs[at], 2: slotsMs[at] },
        parts: [
          { ...fuse, credit: 0x3fffffff },
          { ...pace, credit },
          { ...slots, credit: 0 },
        ],
      },
    ]
    return verdict({ ...before, gates: gatesAt(0) }, { ...after, gates: gatesAt(1) }).sentence
  }

  test('is named with the part that did for longest in the window, whatever they have left at the moment', () => {
    expect(said([0, 6000], [90_000, 91_000])).toContain('gate calls (its part pace: 50/s) is the limit')
    expect(said([0, 6000], [90_000, 91_000], 0)).toContain('gate calls (its part pace: 50/s) is the limit')
    expect(said([0, 1000], [0, 6000], 0)).toContain('gate calls (its part slots: 20 permits) is the limit')
  })

  test('is named without a part when none of them has', () => {
    expect(said([0, 0], [0, 0])).toContain('gate calls (20 permits) is the limit')
  })
})

describe('a gate that has no limit of its own', () => {
  test('is named without a figure', () => {
    const sketch: FlowSketch = {
      stages: { read: { blocked: 0.9 }, enrich: { busy: 0.4, gated: 0.6, gates: ['tenants'] } },
      edges: { 'read>enrich': { blocked: 0.9 } },
    }
    const parts = [{ ...slots, name: 'ann', credit: 0 }]
    const [before, after] = snapshotPair({
      ...sketch,
      gates: { tenants: { kind: 'keyed', limit: 0x3fffffff, waiting: 3, parts } },
    })
    const later = after.gates.map((gate) => ({ ...gate, withheldMs: { 0: 9000 } }))

    expect(verdict(before, { ...after, gates: later }).sentence).toMatch(/^gate tenants is the limit, working/)
  })
})

test('what a gate has let in is counted per second of the window, of a new one from nothing', () => {
  const [before, after] = snapshotPair({ stages: {}, edges: {}, gates: { calls: { admitted: 30 } } })
  const [then] = before.gates as [GateSnapshot]
  const [now] = after.gates as [GateSnapshot]

  expect(gateView(then, { ...now, admitted: 130 }, 4000).admittedRate).toBe(25)
  expect(gateView(undefined, now, 4000)).toEqual({ gate: now, admittedRate: 7.5, part: undefined })
  const parts = [{ ...slots, credit: 0 }]
  const composite = { ...now, kind: 'composite' as const, parts, withheldMs: { 0: 5 } }
  expect(gateView(undefined, composite, 4000).part).toBe(parts[0])
})
