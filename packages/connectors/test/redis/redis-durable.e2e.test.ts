import { setTimeout as wait } from 'node:timers/promises'
import { flow } from 'forebay'
import { durableStore } from 'forebay/queue'
import { afterAll, describe, expect, it } from 'vitest'
import { requireServer } from '../../../../tools/services/require-server.ts'
import { openStore, type StoreUrl } from '../../src/open-store.ts'

const redis = await requireServer('redis', ['--appendfsync', 'always'])
afterAll(() => redis.stop())

const open = async (): Promise<ReturnType<typeof durableStore>> => durableStore(await openStore(redis.url as StoreUrl))

describe.skipIf(!redis.available)('a durable edge in Redis', () => {
  it('moves every record through the queue, in order, and balances', async () => {
    const seen: number[] = []
    const run = flow
      .range(1, 3000)
      .durable('alone', { items: 500, prefetch: 64 })
      .map((n) => n * 2)
      .to((n) => void seen.push(n))
      .run({ store: await open() })
    await run.done
    expect(seen).toEqual(Array.from({ length: 3000 }, (_, i) => 2 * (i + 1)))
    const { ledger, balanced } = run.inspect()
    expect(ledger).toMatchObject({ carriedIn: 0, in: 3000, out: 3000, inFlight: 0, carriedOut: 0 })
    expect(balanced).toBe(true)
  })

  it(
    'is shared by replicas of a flow: each ends when all is done, and its account holds',
    { timeout: 30_000 },
    async () => {
      const seen: number[] = []
      const program = (first: number) =>
        flow
          .range(first, first + 199)
          .durable('shared', { prefetch: 8 })
          .mapAsync((n) => wait(1, n), { concurrency: 4 })
          .to((n) => void seen.push(n))
      const runs = [program(1).run({ store: await open() }), program(1001).run({ store: await open() })]
      await Promise.all(runs.map((run) => run.done))
      expect(seen.toSorted((a, b) => a - b)).toEqual(
        [1, 1001].flatMap((first) => Array.from({ length: 200 }, (_, i) => first + i)),
      )
      for (const run of runs) {
        const { ledger, balanced } = run.inspect()
        expect(balanced, JSON.stringify(ledger)).toBe(true)
        expect(ledger).toMatchObject({ in: 200, inFlight: 0, carriedOut: 0 })
      }
      const outs = runs.map((run) => run.inspect().ledger.out)
      expect(outs.reduce((sum, out) => sum + out, 0)).toBe(400)
    },
  )

  it('keeps what a slow flow holds, though it holds it for longer than a lease', { timeout: 30_000 }, async () => {
    const seen: number[] = []
    const run = flow
      .range(1, 12)
      .durable('slow', { leaseMs: 400, maxAttempts: 2 })
      .mapAsync((n) => wait(150, n), { concurrency: 1 })
      .to((n) => void seen.push(n))
      .run({ store: await open() })
    await run.done
    expect(seen).toEqual(Array.from({ length: 12 }, (_, i) => i + 1))
    expect(run.inspect().ledger).toMatchObject({ out: 12, deadLettered: 0 })
  })
})
