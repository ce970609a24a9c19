import { describe, expect, it } from 'vitest'
import { VirtualClock } from '../testkit/virtual-clock.ts'
import { memoryStore } from './memory-store.ts'

describe('the loader', () => {
  it('reads a retry that is due though everything in memory waits for its key', async () => {
    const clock = new VirtualClock()
    const store = memoryStore({ clock })
    const queue = await store.queue<number>('q', { backoff: () => 1000 })
    const total = 20_000 // more than memory holds of one lane
    await queue.sender().put(Array.from({ length: total }, (_, body) => ({ body, key: 'one' })))
    const receiver = queue.receiver()
    const [first] = await receiver.batch(1, 0)
    await first?.nack()
    await receiver.batch(1, 0)
    await clock.advance(2000)
    const seen: number[] = []
    for (let i = 0; i < 3; i++) {
      const [delivery] = await receiver.batch(1, 0)
      if (delivery !== undefined) seen.push(delivery.body)
      await delivery?.ack()
    }
    expect(seen).toEqual([0, 1, 2])
    await store.close()
  })
})
