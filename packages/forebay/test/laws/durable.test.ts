import { describe, it } from 'vitest'
import { durableStore } from '../../src/queue/durable-store.ts'
import { memoryStore } from '../../src/queue/memory-store.ts'
import type { OperatorSubject } from '../../src/testkit/subject.ts'
import { verify } from '../../src/testkit/verify.ts'

const durable: OperatorSubject = {
  name: 'durable edge',
  operator: (flow) => flow.durable('orders', { prefetch: 4, window: 4 }),
  model: (items) => items,
  // What is held when upstream fails stays in the store for the next run.
  cutByFailure: true,
  run: (bench) => ({ store: durableStore(memoryStore({ clock: bench.clock })) }),
}

describe('a durable edge', () => {
  it('keeps the 14 laws', async () => {
    await verify(durable, { trials: 40 })
  })
})
