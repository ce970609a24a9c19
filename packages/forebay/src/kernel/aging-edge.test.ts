import { describe, expect, test } from 'vitest'
import { EdgeRig } from '../../test/support/edge-rig.ts'
import { AgingEdge } from './aging-edge.ts'
import type { EdgeOptions } from './edge-options.ts'

/** An edge whose items expire after 10 ms. */
function rig(options: Partial<EdgeOptions> = {}): EdgeRig {
  const ttl = { ms: 10, edge: (): never => expect.unreachable() }
  return new EdgeRig((o, env) => new AgingEdge(o, env), { items: 4, ttl, ...options }).open()
}

/** Lets time pass in which no timer rings. */
function late(r: EdgeRig, ms: number): void {
  r.clock.readMs = ms
  r.clock.now()
  r.clock.readMs = 0
}

describe('an edge whose items expire', () => {
  test('drops them when they are that old, each in its time, and asks for as many anew', () => {
    const dropped: unknown[] = []
    const r = rig({ onDrop: (value, reason) => dropped.push([value, reason, r.clock.now()]) })
    r.send(1)
    r.clock.advanceSync(4)
    r.send(2, 3, 4)
    r.clock.advanceSync(5)
    expect([dropped, r.asked]).toEqual([[], [4]])
    r.clock.advanceSync(1)
    expect([dropped, r.asked]).toEqual([[[1, 'expired', 10]], [4, 1]])
    r.clock.advanceSync(4)

    expect(dropped.slice(1)).toEqual([2, 3, 4].map((n) => [n, 'expired', 14]))
    expect([r.asked, r.edge.inspect('e').length, r.clock.pending]).toEqual([[4, 1, 3], 0, 0])
    expect(r.edge.isBalanced()).toBe(true)
  })

  test('keeps items that are alike, each with its own age', () => {
    const r = rig()
    r.send(1)
    r.clock.advanceSync(4)
    r.send(1)

    expect(r.edge.inspect('e')).toMatchObject({ length: 2, oldestMs: 4, dropped: {} })
  })

  test('sets its timer anew for what comes afterwards', () => {
    const r = rig()
    r.send(1)
    r.clock.advanceSync(30)
    r.send(2)
    expect(r.clock.pending).toBe(1)
    r.clock.advanceSync(10)

    expect(r.edge.inspect('e').dropped).toEqual({ expired: 2 })
  })

  test('hands over none that is too old, though its timer is late', () => {
    const r = rig()
    r.send(1)
    late(r, 6)
    r.send(2)
    late(r, 4)
    expect(r.take(4)).toEqual([2])
    r.send(3)
    late(r, 9)

    expect(r.edge.takeReady()).toBe(true)
    expect([r.edge.taken, r.edge.inspect('e').dropped]).toEqual([3, { expired: 1 }])
  })

  test('marks an item with the time at which it comes, not with the last that somebody has looked at', () => {
    const r = rig()
    late(r, 30)
    r.send(1)
    r.clock.advanceSync(9)

    expect(r.take(1)).toEqual([1])
  })

  test('makes room by age before its policy looks for a victim', () => {
    const r = rig({ items: 2, overflow: 'drop-newest' })
    r.send(1, 2)
    late(r, 10)

    expect(r.send(3)).toEqual(['accepted'])
    expect([r.take(5), r.edge.inspect('e').dropped]).toEqual([[3], { expired: 2 }])
  })

  test('ends when the last has expired, and keeps no timer', () => {
    const r = rig()
    r.send(1)
    r.edge.complete()
    const { woken } = r
    r.clock.advanceSync(10)
    expect([r.woken, r.take(0), r.clock.pending]).toEqual([woken + 1, ['done'], 0])

    const empty = rig()
    empty.send(1)
    empty.take(1)
    const before = empty.woken
    empty.clock.advanceSync(10)
    expect([empty.woken, empty.clock.pending]).toEqual([before, 0])
  })

  test('keeps no timer when it has ended and handed on all, or was cancelled', () => {
    const done = rig()
    done.send(1)
    done.take(1)
    expect(done.clock.pending).toBe(1)
    done.edge.complete()
    expect([done.take(1), done.clock.pending]).toEqual([['done'], 0])

    const cancelled = rig()
    cancelled.send(1)
    cancelled.edge.cancel('enough')
    expect(cancelled.clock.pending).toBe(0)
    const unused = rig()
    unused.edge.cancel('enough')
    expect(unused.edge.length).toBe(0)
  })

  test('keeps its timer while it has ended and still holds some', () => {
    const r = rig()
    r.send(1, 2)
    r.edge.complete()
    r.take(1)

    expect(r.clock.pending).toBe(1)
  })
})

describe('an edge that keeps the newest of each key, whose items expire', () => {
  const latest = (): EdgeRig => rig({ overflow: 'latest', key: (n: number) => n % 10 })

  test('counts the age of a key from its newest item, and keeps its place', () => {
    const r = latest()
    r.send(1, 2)
    r.clock.advanceSync(6)
    r.send(11)
    r.clock.advanceSync(4)
    expect(r.edge.inspect('e')).toMatchObject({ length: 1, oldestMs: 4, dropped: { replaced: 1, expired: 1 } })
    r.send(3)

    expect(r.take(5)).toEqual([11, 3])
    expect([r.edge.inspect('e').length, r.edge.isBalanced()]).toEqual([0, true])
  })

  test('knows nothing any more of a key that has left', () => {
    const r = latest()
    r.send(1)
    r.take(1)
    r.clock.advanceSync(6)
    r.send(2)
    r.clock.advanceSync(9)

    expect([r.take(1), r.edge.inspect('e').dropped]).toEqual([[2], {}])
    r.clock.advanceSync(20)
    expect(r.clock.pending).toBe(0)
  })
})
