import { setTimeout as wait } from 'node:timers/promises'
import { flow } from 'forebay'
import { durableStore } from 'forebay/queue'
import { afterAll, describe, expect, it } from 'vitest'
import { requireServer } from '../../../../tools/services/require-server.ts'
import { openStore, type StoreUrl } from '../../src/open-store.ts'

const kafka = await requireServer('kafka')
afterAll(() => kafka.stop())

const open = async (query: string): Promise<ReturnType<typeof durableStore>> =>
  durableStore(await openStore(`${kafka.url}/${query}` as StoreUrl))

describe.skipIf(!kafka.available)('a durable edge in Kafka', () => {
  it('moves every record through the queue, in the order of its one partition, and balances', async () => {
    const seen: number[] = []
    const run = flow
      .range(1, 3000)
      .durable('alone', { items: 500, prefetch: 64 })
      .map((n) => n * 2)
      .to((n) => void seen.push(n))
      .run({ store: await open('?partitions=1') })
    await run.done
    expect(seen).toEqual(Array.from({ length: 3000 }, (_, i) => 2 * (i + 1)))
    const { ledger, balanced } = run.inspect()
    expect(ledger).toMatchObject({ carriedIn: 0, in: 3000, out: 3000, inFlight: 0, carriedOut: 0 })
    expect(balanced).toBe(true)
  })

  it(
    'is shared by replicas of a flow: each ends when all is done, and nothing is lost',
    { timeout: 60_000 },
    async () => {
      const seen = new Set<number>()
      const program = (first: number) =>
        flow
          .range(first, first + 199)
          .durable('shared', { prefetch: 8 })
          .mapAsync((n) => wait(1, n), { concurrency: 4 })
          .to((n) => void seen.add(n))
      const runs = [program(1).run({ store: await open('') }), program(1001).run({ store: await open('') })]
      await Promise.all(runs.map((run) => run.done))
      expect([...seen].toSorted((a, b) => a - b)).toEqual(
        [1, 1001].flatMap((first) => Array.from({ length: 200 }, (_, i) => first + i)),
      )
    },
  )
})
