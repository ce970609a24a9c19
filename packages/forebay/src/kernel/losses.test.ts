import { describe, expect, test, vi } from 'vitest'
import type { Lease } from './context.ts'
import { Losses } from './losses.ts'
import { Shed } from './shed.ts'
import { Totals } from './totals.ts'

function losing(onDrop?: (value: unknown, reason: string) => void) {
  const totals = new Totals(false)
  const fail = vi.fn<(error: unknown) => void>()
  return { totals, fail, losses: new Losses({ name: 'edge', onDrop }, { totals, fail }) }
}
const leased = () => ({ settle: vi.fn<Lease['settle']>(), split: vi.fn<Lease['split']>() })

describe('what an edge loses', () => {
  test('is counted by reason, by the edge and by the run, and its account ends', () => {
    const { losses, totals } = losing()
    const lease = leased()
    losses.add(1, { lease }, 'expired')
    losses.add(2, undefined, 'expired')
    losses.add(3, undefined, 'full')

    expect([losses.total, losses.byReason, totals.dropped]).toEqual([
      3,
      { expired: 2, full: 1 },
      { expired: 2, full: 1 },
    ])
    expect(lease.settle).toHaveBeenCalledExactlyOnceWith('dropped', 'expired')
  })

  test('is told to who sent it as refused, where it was', () => {
    const lease = leased()
    losing().losses.add(1, { lease }, 'reject')

    const [outcome, reason] = lease.settle.mock.calls[0] as [string, Shed]
    expect([outcome, reason]).toEqual(['dropped', expect.any(Shed)])
    expect(reason).toMatchObject({ gate: 'edge', reason: 'line' })
  })

  test('is told to the listener, whose error ends the run in a later turn', async () => {
    const error = new Error('no')
    const heard: unknown[] = []
    const { losses, fail } = losing((value, reason) => {
      heard.push([value, reason])
      throw error
    })
    losses.add('a', undefined, 'full')
    expect([heard, fail.mock.calls]).toEqual([[['a', 'full']], []])
    await Promise.resolve()

    expect(fail).toHaveBeenCalledExactlyOnceWith(error)
  })

  test('without a listener ends no run', async () => {
    const { losses, fail } = losing()
    losses.add('a', undefined, 'full')
    await Promise.resolve()

    expect(fail).not.toHaveBeenCalled()
  })
})
