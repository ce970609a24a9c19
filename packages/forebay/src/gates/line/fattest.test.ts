import fc from 'fast-check'
import { expect, it } from 'vitest'
import { plainAsk } from '../ask.ts'
import { Fattest } from './fattest.ts'
import { KeyQueue } from './key-queue.ts'
import { Waiter } from './waiter.ts'

it('finds a key with more than half of the greatest cost, after any changes, and none when all are empty', () => {
  const door = { expired: () => {}, aborted: () => {} }
  const change = fc.record({
    key: fc.nat({ max: 9 }),
    cost: fc.double({ min: 0, max: 1e6, noNaN: true }),
    leave: fc.boolean(),
  })
  fc.assert(
    fc.property(fc.array(change, { maxLength: 200 }), (changes) => {
      const fattest = new Fattest()
      const queues = Array.from({ length: 10 }, (_, i) => new KeyQueue(`${i}`))
      for (const { key, cost, leave } of changes) {
        const queue = queues[key] as KeyQueue
        const first = queue.waiters.first?.owner
        if (leave && first !== undefined) {
          queue.waiters.remove(first)
          queue.cost = queue.waiters.length === 0 ? 0 : queue.cost - first.cost
        } else {
          const waiter = new Waiter(door, plainAsk, cost, 1, 0, 0)
          queue.waiters.append(waiter)
          queue.cost += cost
        }
        fattest.place(queue)
        const greatest = Math.max(...queues.map((each) => each.cost))
        const found = fattest.get()
        const anybody = queues.some((each) => each.waiters.length > 0)
        expect(found !== undefined).toBe(anybody)
        if (found !== undefined) {
          expect(found.waiters.length).toBeGreaterThan(0)
          expect(Math.max(2, found.cost)).toBeGreaterThanOrEqual(greatest / 2)
        }
      }
    }),
  )
})
