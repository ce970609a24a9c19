import { describe, expect, it } from 'vitest'
import type { Gate, Permit } from '../kernel/gate.ts'
import { world } from '../testkit/world.ts'
import type { Flow } from './flow.ts'
import { flow } from './sources.ts'

const boom = (): never => {
  throw new Error('boom')
}

/** Lets everybody in at once. */
const open: Gate = {
  name: 'open',
  tryAcquire: () => permit,
  acquire: () => permit,
  waitMs: () => 0,
  credit: () => 1,
  onCredit: () => () => {},
  set: () => {},
  stats: { admitted: 0, inUse: 0, waiting: 0, zombies: 0, sheds: {} },
  inspect: () => ({ kind: 'limit', name: 'open' }) as never,
}
const permit: Permit = { settle: () => {}, release: () => {}, [Symbol.dispose]: () => {} }

describe('the account of concurrent work', () => {
  it.each([{ concurrency: 1 }, { concurrency: 3 }, { concurrency: 3, key: (n: number) => String(n % 2) }])(
    'has the time that each item took: %o',
    async (options) => {
      await world(1, async (w) => {
        const sink = w.sink<number>()
        const run = w.run(
          flow.range(1, 4).mapAsync((n) => w.delay(10 * n, n), options),
          sink,
        )
        sink.request(9)
        await w.advance(1000)
        const { service, busyMs, in: taken } = run.inspect().stages.find(({ kind }) => kind === 'mapAsync')!

        expect([service.sum, taken]).toEqual([100, 4])
        expect(service.counts.reduce((sum, count) => sum + count)).toBe(4)
        expect(busyMs).toBeGreaterThanOrEqual(100)
        if (options.concurrency === 1) expect(busyMs).toBe(100)
      })
    },
  )
})

describe('a result that throws at a look', () => {
  it('fails its item, in a later attempt as well', async () => {
    await world(1, async (w) => {
      const sink = w.sink<unknown>()
      let attempts = 0
      const work = (): unknown => {
        if (++attempts === 1) throw new Error('again')
        // oxlint-disable-next-line no-thenable
        return Object.defineProperty({}, 'then', { get: boom })
      }
      const run = w.run(flow.range(1, 1).mapAsync(work, { retry: 1, onError: 'resume' }), sink)
      sink.request(1)
      await w.advance(10_000)

      await sink.expectComplete()
      expect(attempts).toBe(2)
      expect(run.inspect()).toMatchObject({ balanced: true, ledger: { in: 1, dropped: { error: 1 } } })
    })
  })
})

describe('a function that work is given and that throws', () => {
  it.each([
    ['order', { order: boom }],
    ['cost', { gate: open, cost: boom }],
    ['key', { gate: open, key: boom }],
    ['retry.when', { retry: { when: boom } }],
    ['retry.backoff', { retry: { backoff: boom } }],
    ['fallback', { fallback: boom }],
  ])('fails mapAsync, and its account stays in balance: %s', async (_, options) => {
    await world(1, async (w) => {
      const sink = w.sink<number>()
      const fails = (): Promise<number> => Promise.reject(new Error('work'))
      const run = w.run(
        flow
          .range(1, 9)
          .buffer(2)
          .mapAsync(fails, { concurrency: 2, ...options }),
        sink,
      )
      sink.request(9)

      expect(await sink.expectFailure()).toMatchObject({ message: 'boom' })
      expect(run.inspect()).toMatchObject({ balanced: true, ledger: { out: 0, inFlight: 0 } })
    })
  })

  it('loses the item alone with onError resume, and goes on', async () => {
    const order = (n: number): number => (n === 2 ? boom() : n % 2)
    const run = flow
      .range(1, 5)
      .mapAsync((n) => Promise.resolve(n), { order, concurrency: 2, onError: 'resume' })
      .to((n) => void seen.push(n))
      .run()
    const seen: number[] = []
    await run.done

    expect(seen.toSorted((a, b) => a - b)).toEqual([1, 3, 4, 5])
    expect(run.inspect()).toMatchObject({ balanced: true, ledger: { in: 5, out: 4, dropped: { error: 1 } } })
  })

  it('fails mapBatches, also when it is its timer that sends the call', async () => {
    await world(1, async (w) => {
      const source = w.source<number>()
      const sink = w.sink<number>()
      const options = { items: 3, gate: open, cost: boom }
      const run = w.run(
        source.flow.mapBatches((items) => [...items], options),
        sink,
      )
      source.send(1)

      expect(await sink.expectFailure()).toMatchObject({ message: 'boom' })
      expect(run.inspect()).toMatchObject({ balanced: true, ledger: { in: 1, dropped: { failed: 1 }, inFlight: 0 } })
    })
  })
})

describe('an item that work gives up', () => {
  const fails = (n: number): number => (n === 2 ? boom() : n)
  const result = (n: number): number | Error => (n === 2 ? new Error('two') : n)

  it.each([
    ['one item is one record', flow.range(1, 3).mapAsync(fails, { onError: 'dead-letter' })],
    ['records are followed', flow.range(1, 3).mapAsync(fails, { onError: 'dead-letter' }).batch(2)],
    [
      'items of a call',
      flow.range(1, 3).mapBatches((items) => items.map(result), { items: 3, onError: 'dead-letter' }),
    ],
    ['made of several records', flow.range(2, 3).batch(2).mapAsync(boom, { onError: 'dead-letter' })],
  ] as readonly [string, Flow<unknown>][])(
    'is handed to run({ deadLetter }) where nobody else keeps it: %s',
    async (_, piece) => {
      const given: unknown[] = []
      const run = piece.to(() => {}).run({ deadLetter: (value) => given.push(value) })
      await run.done

      expect(given.flat()[0]).toBe(2)
      expect(given).toHaveLength(1)
      const deadLettered = given.flat().length
      expect(run.inspect()).toMatchObject({ balanced: true, ledger: { inFlight: 0, dropped: {}, deadLettered } })
    },
  )

  it('fails the run when deadLetter throws', async () => {
    const run = flow
      .range(1, 3)
      .mapAsync((n) => Promise.resolve(n).then(fails), { onError: 'dead-letter' })
      .to(() => {})
      .run({ deadLetter: boom })

    await expect(run.done).rejects.toThrow('boom')
    expect(run.inspect()).toMatchObject({ balanced: true, ledger: { inFlight: 0 } })
  })
})

describe('the signal of work', () => {
  /** Items up to `last` end at once, the others never; all listen, and none takes its listener away. */
  const listening = (last: number) => {
    const signals = new Set<AbortSignal>()
    const told: number[] = []
    const work = (n: number, { signal }: { signal: AbortSignal }): number | Promise<number> => {
      signals.add(signal)
      signal.addEventListener('abort', () => told.push(n))
      return n <= last ? n : new Promise<number>(() => {})
    }
    return { signals, told, work }
  }

  it('is one for each item that looks at it, and tells those that are worked on when the flow is cancelled', async () => {
    await world(1, async (w) => {
      const { signals, told, work } = listening(100)
      const sink = w.sink<number>()
      w.run(flow.range(1, 200).mapAsync(work, { concurrency: 64 }), sink)
      sink.request(200)
      await w.delay(1)
      sink.cancel()
      await w.delay(1)

      expect(signals.size).toBe(164)
      expect(told).toEqual(Array.from({ length: 64 }, (_, index) => 101 + index))
    })
  })

  it('comes with the number of the attempt, also where nobody looks at it', async () => {
    const attempts: number[] = []
    const fails = (n: number, { attempt }: { attempt: number }): number => {
      attempts.push(attempt)
      return attempt < 3 ? boom() : n
    }
    const retry = { max: 2, backoff: () => 0 }

    expect(await flow.range(1, 2).mapAsync(fails, { retry }).toArray(2)).toEqual([1, 2])
    expect(attempts).toEqual([1, 2, 3, 1, 2, 3])
  })
})
