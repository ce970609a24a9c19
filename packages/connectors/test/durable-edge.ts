import { setTimeout as wait } from 'node:timers/promises'
import { flow } from 'forebay'
import { durableStore, type Store } from 'forebay/queue'
import { expect, it } from 'vitest'

/** Where the edges of a test are kept. */
export interface EdgePlace {
  /** A store of its own for each run: a run closes it. */
  readonly open: () => Promise<Store>
  /** The same, in which the messages of a queue keep their order; default `open`. */
  readonly openOrdered?: () => Promise<Store>
  readonly queueName: () => string
}

/** What a flow can rely on whose edge is a queue of `place`; `counts`: the account of each of its replicas is exact. */
export function durableEdge({ open, openOrdered = open, queueName }: EdgePlace, counts: boolean): void {
  it('moves every record through the queue, in order, and balances', async () => {
    const seen: number[] = []
    const run = flow
      .range(1, 3000)
      .durable(queueName(), { items: 500, prefetch: 64 })
      .map((n) => n * 2)
      .to((n) => void seen.push(n))
      .run({ store: durableStore(await openOrdered()) })
    await run.done
    expect(seen).toEqual(Array.from({ length: 3000 }, (_, i) => 2 * (i + 1)))
    const { ledger, balanced } = run.inspect()
    expect(ledger).toMatchObject({ carriedIn: 0, in: 3000, out: 3000, inFlight: 0, carriedOut: 0 })
    expect(balanced).toBe(true)
  })

  it('is shared by replicas of a flow: each ends when all is done, and nothing is lost', async () => {
    const name = queueName()
    const seen: number[] = []
    const start = async (first: number) =>
      flow
        .range(first, first + 199)
        .durable(name, { prefetch: 8 })
        .mapAsync((n) => wait(1, n), { concurrency: 4 })
        .to((n) => void seen.push(n))
        .run({ store: durableStore(await open()) })
    const runs = [await start(1), await start(1001)]
    await Promise.all(runs.map((run) => run.done))
    const all = [1, 1001].flatMap((first) => Array.from({ length: 200 }, (_, i) => first + i))
    expect([...new Set(seen)].toSorted((a, b) => a - b)).toEqual(all)
    if (!counts) return
    expect(seen.length).toBe(400)
    for (const run of runs) {
      const { ledger, balanced } = run.inspect()
      expect(balanced, JSON.stringify(ledger)).toBe(true)
      expect(ledger).toMatchObject({ in: 200, inFlight: 0, carriedOut: 0 })
    }
    expect(runs.reduce((sum, run) => sum + run.inspect().ledger.out, 0)).toBe(400)
  })

  it('keeps what a slow flow holds, though it holds it for longer than a lease', async () => {
    const seen: number[] = []
    const run = flow
      .range(1, 8)
      .durable(queueName(), { leaseMs: 400, maxAttempts: 2 })
      .mapAsync((n) => wait(150, n), { concurrency: 1 })
      .to((n) => void seen.push(n))
      .run({ store: durableStore(await openOrdered()) })
    await run.done
    expect(seen).toEqual(Array.from({ length: 8 }, (_, i) => i + 1))
    expect(run.inspect().ledger).toMatchObject({ out: 8, deadLettered: 0 })
  })
}
