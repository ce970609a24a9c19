import { describe, expect, test } from 'vitest'
import { EdgeRig } from '../../test/support/edge-rig.ts'
import { Edge } from './edge.ts'
import type { EdgeOptions } from './edge-options.ts'
import type { Hold, OrderedHold } from './hold.ts'
import { MemoryBudget } from './memory-budget.ts'
import { UNBOUNDED } from './receiver.ts'
import type { RunMemory } from './run-memory.ts'

const rig = (options: Partial<EdgeOptions> = {}, memory?: RunMemory): EdgeRig =>
  new EdgeRig((o, env) => new Edge(o, env), options, memory).open()
const shown = (r: EdgeRig) => r.edge.inspect('e')

describe('an edge bounded by bytes', () => {
  test('takes its promise back when they are used up, and gives it anew when there is room', () => {
    const r = rig({ items: 8, bytes: 100 })
    expect(r.send(4, 5)).toEqual(['accepted', 'accepted'])
    expect([r.asked, shown(r)]).toMatchObject([[8], { bytes: 90, capacityBytes: 100, credit: 6 }])
    r.send(1)
    expect([r.asked, shown(r)]).toMatchObject([[8, 'revoke 5'], { bytes: 100, credit: 0 }])

    r.take(1)
    expect([r.asked, shown(r)]).toMatchObject([[8, 'revoke 5', 6], { bytes: 60, credit: 6 }])
    r.take(2)
    expect(shown(r)).toMatchObject({ bytes: 0, length: 0 })
  })

  test('promises nothing while what is left is still too much', () => {
    const r = rig({ items: 8, bytes: 100 })
    r.send(1, 1, 20)
    r.take(2)
    expect(r.asked).toEqual([8, 'revoke 5', 'revoke 0'])
    r.take(1)

    expect(r.asked).toEqual([8, 'revoke 5', 'revoke 0', 8])
  })

  test('asks what an item weighs of the caller where that is told', () => {
    const r = rig({ bytes: 100, sizeOf: (n: number) => n })
    r.send(7)

    expect(shown(r).bytes).toBe(7)
  })

  test('ends in failure when nobody can say what an item weighs: that one is lost, those before it arrive', () => {
    const sizeOf = (n: number): number => {
      if (n === 2) throw new Error('too odd')
      return n
    }
    const r = rig({ bytes: 100, sizeOf })

    expect(r.send(1, 2, 3)).toEqual(['accepted', 'dropped', 'closed'])
    expect(r.asked).toEqual([8, 'cancel Error: too odd'])
    expect(shown(r)).toMatchObject({ put: 2, dropped: { failed: 1 }, length: 1, bytes: 1 })
    expect(r.take(5)).toEqual([1, 'failed Error: too odd'])
  })

  test('loses by its policy when they are used up, though there are places', () => {
    const r = rig({ bytes: 50, overflow: 'drop-oldest' })
    r.send(1, 2, 2)
    expect(r.asked).toEqual([UNBOUNDED])
    r.send(1)

    expect(shown(r)).toMatchObject({ length: 3, bytes: 50, dropped: { 'drop-oldest': 1 } })
    expect(r.take(3)).toEqual([2, 2, 1])
    expect(shown(r).bytes).toBe(0)
  })
})

describe('an edge within the memory of the run', () => {
  test('waits when that is used up by others, and goes on when they give some back', () => {
    const memory = new MemoryBudget(100)
    const r = rig({ items: 4 }, memory)
    r.send(2)
    memory.take(80)
    r.send(1)
    expect(r.asked).toEqual([4, 'revoke 2'])
    memory.give(30)
    expect(r.asked).toEqual([4, 'revoke 2', 2])
  })

  test('does not wait for memory when only its own bytes are used up', () => {
    const memory = new MemoryBudget(1000)
    const r = rig({ items: 4, bytes: 10 }, memory)
    r.send(1)
    memory.take(990)
    memory.give(990)

    expect(r.asked).toEqual([4, 'revoke 3'])
  })

  test('waits no more once it has ended or was cancelled', () => {
    for (const end of ['complete', 'cancel'] as const) {
      const memory = new MemoryBudget(100)
      const r = rig({ items: 4 }, memory)
      memory.take(90)
      r.send(1)
      expect(r.asked).toEqual([4, 'revoke 3'])
      if (end === 'complete') r.edge.complete()
      else r.edge.cancel('enough')
      memory.give(90)
      expect(r.asked.filter((asked) => typeof asked === 'number')).toEqual([4])
    }
  })

  test('may be asked to lose something for others if it loses by a policy, but not if it would fail', () => {
    const asked: { hold: Hold; evict: () => void }[] = []
    const memory: RunMemory = Object.assign(new MemoryBudget(1000), {
      mayShed: (hold: Hold, _: unknown, evict: () => void) => void asked.push({ hold, evict }),
    })
    rig({ overflow: 'backpressure' }, memory)
    rig({ overflow: 'fail' }, memory)
    expect(asked).toEqual([])
    const r = rig({ overflow: 'drop-oldest' }, memory)
    r.send(1)
    r.clock.advanceSync(10)
    r.producer.inspect()
    r.send(2)
    const [{ hold, evict }] = asked as [{ hold: Hold; evict: () => void }]
    ;(hold as OrderedHold).takeAt(1)
    evict()
    r.clock.advanceSync(5)

    expect(shown(r)).toMatchObject({ length: 1, bytes: 10, dropped: { memory: 1 }, oldestMs: 15 })
    expect([memory.heldBytes, r.edge.isBalanced()]).toEqual([10, true])
  })
})

describe('an edge with a policy', () => {
  const lossy = (overflow: EdgeOptions['overflow'], more: Partial<EdgeOptions> = {}): EdgeRig =>
    rig({ items: 2, overflow, ...more })

  test.each([
    ['drop-oldest', [2, 3], 1],
    ['drop-newest', [1, 2], 3],
    ['drop-youngest', [1, 3], 2],
    ['reject', [1, 2], 3],
  ] as const)('%s never holds its producer back, and keeps what its name says', (overflow, kept, lost) => {
    const dropped: unknown[] = []
    const r = lossy(overflow, { onDrop: (value, reason) => dropped.push([value, reason]) })
    expect([r.asked, shown(r).credit]).toEqual([[UNBOUNDED], UNBOUNDED])
    const third = r.send(1, 2, 3).at(-1)

    expect(third).toBe(lost === 3 ? 'dropped' : 'accepted')
    expect(r.take(5)).toEqual(kept)
    expect([dropped, r.asked, r.failures]).toEqual([[[lost, overflow]], [UNBOUNDED], []])
    expect(r.edge.isBalanced()).toBe(true)
  })

  test('drop-all begins anew with the item that has come', () => {
    const r = lossy('drop-all')

    expect(r.send(1, 2, 3)).toEqual(['accepted', 'accepted', 'accepted'])
    expect(r.take(5)).toEqual([3])
    expect(shown(r).dropped).toEqual({ 'drop-all': 2 })
  })

  test('latest keeps the newest of a key in the place of the older one, and its weight alone', () => {
    const r = lossy('latest', { bytes: 1000, key: (n: number) => n % 2 })
    r.send(1, 2, 5)

    expect(shown(r)).toMatchObject({ length: 2, bytes: 70, put: 3, dropped: { replaced: 1 } })
    expect(r.take(5)).toEqual([5, 2])
    expect([shown(r).bytes, r.edge.isBalanced()]).toEqual([0, true])
  })

  test('sample keeps one in so many that find it full', () => {
    const r = lossy('sample', { every: 2 })
    r.send(1, 2, 3, 4, 5, 6)

    expect(r.take(5)).toEqual([3, 5])
  })

  test('fail ends in failure behind what it holds, and tells upstream', () => {
    const r = lossy('fail')

    expect(r.send(1, 2, 3, 4)).toEqual(['accepted', 'accepted', 'dropped', 'closed'])
    expect(r.asked).toEqual([UNBOUNDED, expect.stringContaining('cancel ')])
    expect(r.take(5)).toEqual([1, 2, expect.stringContaining('failed ')])
    expect(r.failures).toEqual([])
  })

  test.each([
    ['drop-oldest', 20],
    ['drop-youngest', 30],
    ['latest', 20],
  ] as const)('%s knows how long its oldest item has been there, after some were lost', (overflow, ms) => {
    const r = lossy(overflow)
    for (const n of [1, 2, 3]) {
      r.producer.inspect()
      r.send(n)
      r.clock.advanceSync(10)
    }

    expect(shown(r).oldestMs).toBe(ms)
  })
})

describe('a deferred edge', () => {
  test('lets its consumer run in a later turn, and is not taken from without it', () => {
    const r = rig({ deferred: true })
    expect(r.edge.ready).toBeUndefined()
    expect(rig().edge.ready).toBeDefined()
    r.port.n = 5
    r.send(1, 2)
    expect(r.woken).toBe(0)
    r.clock.advanceSync(0)

    expect([r.woken, r.take(0)]).toEqual([1, [1, 2]])
  })

  test('tells its end in the turn that is to come, or at once when there is none', () => {
    const waiting = rig({ deferred: true })
    waiting.port.n = 5
    waiting.send(1)
    waiting.edge.complete()
    expect(waiting.woken).toBe(0)
    waiting.clock.advanceSync(0)
    expect([waiting.woken, waiting.take(0)]).toEqual([1, [1, 'done']])

    const idle = rig({ deferred: true })
    idle.edge.complete()
    expect(idle.woken).toBe(1)
  })
})

test('an edge that was cancelled grants nothing more', () => {
  const r = rig({ items: 2 })
  r.send(1, 2)
  r.edge.cancel('enough')
  r.take(1)

  expect(r.asked).toEqual([2, 'cancel enough'])
})
