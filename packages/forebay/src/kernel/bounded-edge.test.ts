import { describe, expect, test, vi } from 'vitest'
import { EdgeRig } from '../../test/support/edge-rig.ts'
import type { Lease } from './context.ts'
import { CountedEdge } from './counted-edge.ts'
import { Edge } from './edge.ts'
import type { EdgeOptions } from './edge-options.ts'
import { StageAccount } from './stage-account.ts'

const kinds = [
  ['counts', CountedEdge],
  ['does more', Edge],
] as const

describe.each(kinds)('an edge that %s', (_, Kind) => {
  const rig = (options: Partial<EdgeOptions> = {}): EdgeRig => new EdgeRig((o, env) => new Kind(o, env), options).open()

  test('promises all its places, and again what is free once that is a quarter', () => {
    const r = rig({ items: 8 })
    expect(r.asked).toEqual([8])
    r.send(1, 2, 3, 4, 5, 6, 7, 8)
    expect(r.take(1)).toEqual([1])
    expect([r.asked, r.edge.inspect('e').credit]).toEqual([[8], 0])
    expect(r.take(1)).toEqual([2])
    expect([r.asked, r.credit]).toEqual([[8, 2], 2])

    expect(r.take(6)).toEqual([3, 4, 5, 6, 7, 8])
    expect(r.credit).toBe(8)
  })

  test('asks for nothing when all its places are promised', () => {
    const r = rig()
    r.take(1)

    expect(r.asked).toEqual([8])
  })

  test('promises what is free when it is empty, though that is less than a quarter', () => {
    const r = rig({ items: 8 })
    r.send(1)
    r.take(1)

    expect(r.asked).toEqual([8, 1])
  })

  test('lets one item be taken that lies ready, and promises its place when that is a quarter of all', () => {
    const r = rig({ items: 8 })
    expect([r.edge.ready, r.edge.takeReady()]).toEqual([r.edge, false])
    const context = { key: 'a' }
    r.sendWith(1, context)
    r.send(2, 3)
    expect([r.edge.takeReady(), r.edge.taken, r.edge.context]).toEqual([true, 1, context])
    expect(r.edge.current()).toBe(context)
    expect(r.asked).toEqual([8])
    r.edge.takeReady()

    expect([r.edge.taken, r.edge.context, r.asked, r.edge.pulled()]).toEqual([2, undefined, [8, 2], 2])
  })

  test('keeps a place to itself that became free so, while it is less than a quarter', () => {
    const r = rig({ items: 8 })
    r.send(1)

    expect([r.edge.takeReady(), r.edge.length, r.asked]).toEqual([true, 0, [8]])
  })

  test('wakes a consumer that wants something, once until it runs', () => {
    const r = rig()
    r.send(1)
    expect(r.woken).toBe(0)
    r.port.n = 3
    r.send(2, 3)
    expect(r.woken).toBe(1)
    r.take(0)
    expect([r.received, r.woken]).toEqual([[1, 2, 3], 1])
    r.port.n = 1
    r.edge.next(4, undefined)

    expect(r.woken).toBe(2)
  })

  test('hands over to a segment at the price of one credit each', () => {
    const r = rig()
    const spent = { n: 2 }
    const step = r.edge.tail?.(spent)
    step?.('a', undefined)

    expect([spent.n, r.take(5)]).toEqual([1, ['a']])
  })

  test('stops when the turn is over, reports each part of it, and goes on where it was', () => {
    const r = rig({ items: 16 })
    for (let n = 0; n < 12; n++) r.send(n)
    Object.assign(r, { left: 4, turn: 8 })
    expect(r.take(20)).toEqual([0, 1, 2, 3, 4, 5, 6, 7])
    expect(r.ticks).toEqual([4, 4])
    expect(r.asked).toEqual([16, 4, 4])
    r.turn = Infinity
    r.take(0)

    expect([r.received.length, r.ticks]).toEqual([12, [4, 4, 4]])
  })

  test('reports a part of a turn, and nothing when nothing was handed over', () => {
    const r = rig()
    r.send(1, 2, 3)
    r.take(2)
    r.take(0)

    expect(r.ticks).toEqual([2])
  })

  test('tells its end behind the last item, and takes nothing afterwards', () => {
    const r = rig()
    r.send(1, 2)
    r.edge.complete()
    expect(r.woken).toBe(1)
    expect(r.send(3)).toEqual(['closed'])
    r.edge.fail('too late')
    expect(r.take(1)).toEqual([1])

    expect(r.take(1)).toEqual([2, 'done'])
    expect(r.edge.inspect('e')).toMatchObject({ put: 2, isOver: true })
  })

  test('tells a failure behind the last item, or at once where it fails fast', () => {
    const error = 'broken'
    const slow = rig()
    slow.send(1)
    slow.edge.fail(error)
    expect(slow.edge.inspect('e').isOver).toBe(false)
    expect(slow.take(1)).toEqual([1, 'failed broken'])

    const fast = rig({ failFast: true })
    fast.send(1, 2)
    fast.edge.fail(error)
    expect(fast.take(0)).toEqual(['failed broken'])
    expect(fast.edge.inspect('e').dropped).toEqual({ failed: 2 })
  })

  test('grants nothing after its end', () => {
    const r = rig({ items: 2 })
    r.send(1, 2)
    r.edge.complete()
    r.take(2)

    expect(r.asked).toEqual([2])
  })

  test('when it is cancelled, counts what it holds, tells upstream once, and takes nothing more', () => {
    const r = rig()
    const lease = { settle: vi.fn<Lease['settle']>(), split: vi.fn<Lease['split']>() }
    r.sendWith(1, { lease })
    r.send(2)
    r.edge.cancel('enough')
    r.edge.cancel('again')
    r.edge.complete()

    expect(r.asked).toEqual([8, 'cancel enough'])
    expect(r.send(3)).toEqual(['closed'])
    expect(r.edge.inspect('e')).toMatchObject({ put: 2, dropped: { cancelled: 2 }, length: 0 })
    expect(lease.settle).toHaveBeenCalledExactlyOnceWith('dropped', 'cancelled')
    expect([r.totals.dropped, r.woken]).toEqual([{ cancelled: 2 }, 0])
  })

  test('does not cancel an upstream that has ended', () => {
    const r = rig()
    r.send(1)
    r.edge.complete()
    r.edge.cancel('enough')

    expect([r.asked, r.edge.length]).toEqual([[8], 0])
  })

  test('refuses what comes without credit, which ends the run', () => {
    const r = rig({ items: 2 })

    expect(r.send(1, 2, 3)).toEqual(['accepted', 'accepted', 'dropped'])
    expect(r.failures).toMatchObject([{ code: 'FOREBAY_PROTOCOL' }])
    expect(r.edge.inspect('e')).toMatchObject({ put: 3, length: 2, dropped: { protocol: 1 } })
    expect(r.edge.isBalanced()).toBe(true)
  })

  test('keeps what it held, each with its own context, when something comes without credit', () => {
    const r = rig({ items: 3 })
    for (const key of ['a', 'b', 'c', 'd']) r.sendWith(key, { key })
    r.take(3)

    expect([r.received, r.asked]).toEqual([
      ['a', 'b', 'c'],
      [3, 3],
    ])
    expect(r.contexts.map((context) => context?.key)).toEqual(['a', 'b', 'c'])
  })

  test('shows what it holds, has promised, has handed on, and for how long it has held its oldest item', () => {
    const r = rig({ items: 8, name: 'a → b' })
    r.edge.to = new StageAccount({ id: 'c', name: 'consumer', kind: 'map', slots: 1, sync: true, meter: undefined })
    r.send(1)
    r.clock.advanceSync(30)
    r.producer.inspect()
    r.send(2, 3)
    r.clock.advanceSync(12)
    r.port.n = 0

    expect(r.edge.inspect('e')).toEqual({
      id: 'e',
      name: 'a → b',
      from: 'p',
      to: 'c',
      policy: 'backpressure',
      durable: false,
      length: 3,
      capacity: 8,
      bytes: 0,
      capacityBytes: 0,
      credit: 5,
      wanted: 0,
      isOver: false,
      put: 3,
      taken: 0,
      dropped: {},
      oldestMs: 42,
      blockedMs: 0,
    })
    r.take(1)
    expect(r.edge.inspect('e')).toMatchObject({ length: 2, taken: 1, oldestMs: 12 })
    r.take(2)
    expect(r.edge.inspect('e')).toMatchObject({ length: 0, oldestMs: 0, credit: 8, isOver: false })
  })

  test('shows for how long it held its producer back, as far as that is known', () => {
    const r = rig()
    r.producer.to(1)
    r.clock.advanceSync(20)
    expect(r.edge.inspect('e').blockedMs).toBe(20)
    r.upstreamBlockedMs = 5
    expect(r.edge.inspect('e').blockedMs).toBe(5)

    const bare = new EdgeRig((options, env) => new Kind(options, env)).edge
    expect(bare.inspect('e')).toMatchObject({ from: '', to: '', blockedMs: 0, length: 0 })
  })

  test('balances as long as all that has come is held, handed on or lost', () => {
    const r = rig()
    r.send(1, 2, 3)
    r.take(1)
    expect(r.edge.isBalanced()).toBe(true)
    const { losses } = r.edge as unknown as { losses: { total: number } }
    losses.total++

    expect(r.edge.isBalanced()).toBe(false)
  })

  test('gives every item back with its own context, in order, also after it has grown', () => {
    const r = rig({ items: 100 })
    const sent: (string | undefined)[] = []
    const send = (n: number): void => {
      const key = n % 3 === 0 ? undefined : `${n}`
      sent.push(key)
      r.sendWith(n, key === undefined ? undefined : { key })
    }
    for (let n = 0; n < 12; n++) send(n)
    r.take(10)
    for (let n = 12; n < 90; n++) send(n)
    r.take(100)

    expect(r.received).toEqual(sent.map((_key, n) => n))
    expect(r.contexts.map((context) => context?.key)).toEqual(sent)
  })
})
