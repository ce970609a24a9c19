import { describe, expect, it } from 'vitest'
import { inProcess } from '../../../test/support/in-process.ts'
import { isForebayError } from '../../kernel/errors.ts'
import { world, type World } from '../../testkit/world.ts'
import { flow } from '../sources.ts'
import type { CrewOptions } from './crew-options.ts'
import { mapCrew } from './map-crew.ts'
import type { StartWorker, WorkerEvents } from './worker-port.ts'

/** Workers that a test drives by hand. */
interface Driven {
  readonly start: StartWorker
  readonly started: { events: WorkerEvents; sent: { parcel: number; values: readonly unknown[] }[]; did: string[] }[]
}

function driven(): Driven {
  const started: Driven['started'] = []
  return {
    started,
    start: (events) => {
      const worker: Driven['started'][number] = { events, sent: [], did: [] }
      started.push(worker)
      return {
        send: (parcel, values) => void worker.sent.push({ parcel, values }),
        ping: () => void worker.did.push('ping'),
        stop: () => {
          worker.did.push('stop')
          events.gone(undefined)
        },
        kill: () => {
          worker.did.push('kill')
          events.gone(new Error('killed'))
        },
      }
    },
  }
}

/** The driven worker answers its oldest parcel. */
function answer(worker: Driven['started'][number], ms = 0.01): void {
  const { parcel, values } = worker.sent.shift() as { parcel: number; values: readonly unknown[] }
  worker.events.answered(parcel, { results: values, errors: [], ms })
}

const through = (start: StartWorker, workers: number, options: CrewOptions<number> = {}) =>
  mapCrew<number, number>('work', start, workers, options)

/** How a flow of these items ends. */
async function outcome(w: World, start: StartWorker, options: CrewOptions<number> = {}, items = 20): Promise<any> {
  const sink = w.sink<number>()
  const run = w.run(flow.range(1, items).via(through(start, 2, options)), sink)
  sink.request(1000)
  await w.advance(60_000)
  const error: unknown = await run.done.then(
    () => undefined,
    (reason: unknown) => reason,
  )
  return { received: sink.received, error, snapshot: run.inspect(), run }
}

describe('a crew of workers', () => {
  it('asks for no more than its workers may have, and one parcel that gathers', async () => {
    await world(1, async (w) => {
      const { start, started } = driven()
      const source = w.source<number>()
      const sink = w.sink<number>()
      w.run(source.flow.via(through(start, 2, { items: 4, window: 2 })), sink)
      sink.request(1000)
      for (const { events } of started) events.ready()
      await w.advance(1)
      // Parcels of one item, as long as it is not known how long the work takes.
      expect(source.demand).toBe(5)
      source.send(1, 2, 3, 4, 5)
      await w.advance(1)

      expect(started.map(({ sent }) => sent.map(({ values }) => values))).toEqual([
        [[1], [3]],
        [[2], [4]],
      ])
      expect(source.demand).toBe(0)
    })
  })

  it('sends larger parcels while work is quick, and single items when it turns out to be slow', async () => {
    await world(1, async (w) => {
      const { start, started } = driven()
      const sink = w.sink<number>()
      w.run(flow.range(1, 1000).via(through(start, 1, { items: 8 })), sink)
      sink.request(1000)
      const [worker] = started as [Driven['started'][number]]
      worker.events.ready()
      await w.advance(1)
      const sizes = async (rounds: number, ms: number): Promise<number[]> => {
        const found: number[] = []
        for (let round = 0; round < rounds; round++) {
          found.push(worker.sent[0]?.values.length ?? 0)
          answer(worker, ms)
          await w.advance(1)
        }
        return found
      }

      const quick = await sizes(40, 0.01)
      expect(quick[0]).toBe(1)
      expect(quick.slice(-4)).toEqual([8, 8, 8, 8])
      const slow = await sizes(6, 1000)
      expect(slow.slice(-3)).toEqual([1, 1, 1])
    })
  })

  it('gives an item to the worker that has the least', async () => {
    await world(1, async (w) => {
      const { start, started } = driven()
      const sink = w.sink<number>()
      w.run(flow.range(1, 100).via(through(start, 2, { items: 1, order: 'completion' })), sink)
      sink.request(100)
      for (const { events } of started) events.ready()
      const [slow, quick] = started as [Driven['started'][number], Driven['started'][number]]
      await w.advance(1)
      for (let round = 0; round < 40; round++) {
        answer(quick)
        await w.advance(1)
      }

      expect(slow.sent.length).toBe(2)
      expect(sink.received.length).toBe(40)
    })
  })

  it('gives up an item whose workers die of it, and nobody else', async () => {
    await world(1, async (w) => {
      const start = inProcess((n: number) => w.delay(1, n), { dies: (n) => n === 7 })
      const { received, snapshot, error } = await outcome(w, start, { onError: 'resume' }, 100)

      expect(error).toBeUndefined()
      expect(received).toEqual(Array.from({ length: 100 }, (_, at) => at + 1).filter((n) => n !== 7))
      expect(snapshot.ledger).toMatchObject({ in: 100, out: 99, dropped: { error: 1 }, inFlight: 0 })
      expect(snapshot.balanced).toBe(true)
      expect(snapshot.stages.find(({ name }: { name: string }) => name === 'work').retried).toBeGreaterThanOrEqual(2)
    })
  })

  it('says of which item a worker has died, by its key, and why', async () => {
    await world(1, async (w) => {
      const start = inProcess((n: number) => n, { dies: (n) => n === 2 })
      const { received, error, snapshot } = await outcome(w, start, { retry: 1, key: (n) => `no ${n}` })

      expect(received).toEqual([1])
      expect(isForebayError(error, 'FOREBAY_WORKER_DIED')).toBe(true)
      expect(error.message).toMatch(/^work: item no 2: its worker has died: worker \d has died$/)
      expect(snapshot.balanced).toBe(true)
    })
  })

  it('fails with what the function has thrown as the cause, after all that came before', async () => {
    await world(1, async (w) => {
      const start = inProcess(async (n: number) => {
        await w.delay(10 - n)
        if (n === 3) throw new RangeError('three')
        return n
      })
      const { received, error } = await outcome(w, start, { key: String })

      expect(received).toEqual([1, 2])
      expect(isForebayError(error, 'FOREBAY_WORKER_ERROR')).toBe(true)
      expect(error.message).toBe('work: item 3: three')
      expect(error.cause).toBeInstanceOf(RangeError)
    })
  })

  it('fails at once when its first worker cannot start, and after five in a row later', async () => {
    await world(1, async (w) => {
      let tries = 0
      const { error } = await outcome(w, (events) => {
        tries++
        events.gone(new SyntaxError('no module'))
        return { send: () => {}, ping: () => {}, stop: () => {}, kill: () => {} }
      })
      expect(isForebayError(error, 'FOREBAY_WORKER_START')).toBe(true)
      expect(error.message).toContain('no module')
      expect(tries).toBe(1)

      let starts = 0
      const good = inProcess((n: number) => n, { dies: (n) => n === 5 })
      const later = await outcome(w, (events, seat) => {
        if (++starts <= 2) return good(events, seat)
        events.gone(new Error('too many threads'))
        return { send: () => {}, ping: () => {}, stop: () => {}, kill: () => {} }
      })
      expect(isForebayError(later.error, 'FOREBAY_WORKER_START')).toBe(true)
      expect(starts).toBeGreaterThan(5)
      expect(later.snapshot.balanced).toBe(true)
    })
  })

  it('waits longer each time before it replaces a worker that dies again', async () => {
    await world(1, async (w) => {
      const { start, started } = driven()
      const sink = w.sink<number>()
      w.run(flow.range(1, 10).via(through(start, 1, { retry: 1000, name: 'work' })), sink)
      sink.request(10)
      for (let death = 0; death < 9; death++) {
        const worker = started.at(-1) as Driven['started'][number]
        worker.events.ready()
        await w.advance(0)
        worker.events.gone(new Error('again'))
        await w.advance(30_000)
      }
      const before = started.length
      expect(before).toBe(10)
      // The tenth has to wait for up to ten seconds.
      started.at(-1)?.events.ready()
      started.at(-1)?.events.gone(new Error('again'))
      await w.advance(10)
      expect(started).toHaveLength(before)
    })
  })

  it('replaces a worker whose event loop does not turn, and not one that only waits', async () => {
    await world(1, async (w) => {
      const { start, started } = driven()
      const sink = w.sink<number>()
      w.run(flow.range(1, 2).via(through(start, 1, { timeout: 50, items: 1, window: 1 })), sink)
      sink.request(10)
      const [first] = started as [Driven['started'][number]]
      first.events.ready()
      await w.advance(55)
      expect(first.did).toEqual(['ping'])
      first.events.heard()
      await w.advance(55)
      expect(first.did).toEqual(['ping', 'ping'])
      await w.advance(110)
      expect(first.did).toEqual(['ping', 'ping', 'kill'])

      const second = started[1] as Driven['started'][number]
      second.events.ready()
      await w.advance(1)
      expect(second.sent.map(({ values }) => values)).toEqual([[1]])
      answer(second)
      await w.advance(1)
      answer(second)
      await sink.expectNext(1, 2)
    })
  })

  it('ends a worker that is not ready in time, and one that has too much work that is late', async () => {
    await world(1, async (w) => {
      const { start, started } = driven()
      const sink = w.sink<number>()
      const run = w.run(flow.range(1, 9).via(through(start, 1, { startWithin: '1s', items: 1, window: 1 })), sink)
      sink.request(1)
      const [first] = started as [Driven['started'][number]]
      first.events.ready()
      await w.advance(1)
      const { parcel } = first.sent[0] as { parcel: number }
      first.events.answered(parcel, { results: [1], errors: [], ms: 1, isSpent: true })
      await w.advance(1)
      expect(first.did).toContain('kill')

      await w.advance(900)
      expect(started[1]?.did).toEqual([])
      await w.advance(200)
      expect(started[1]?.did).toEqual(['kill'])
      run.cancel('enough')
    })
  })

  it('lets a worker with late work end what it has before another one comes, so that nobody else is tried again', async () => {
    await world(1, async (w) => {
      const { start, started } = driven()
      const sink = w.sink<number>()
      const run = w.run(flow.range(1, 9).via(through(start, 1, { items: 1, window: 2, retry: 0 })), sink)
      sink.request(9)
      const [first] = started as [Driven['started'][number]]
      first.events.ready()
      await w.advance(1)
      const [one = 0, two = 0] = first.sent.map(({ parcel }) => parcel)
      first.events.answered(one, { results: [1], errors: [], ms: 1, isSpent: true })
      await w.advance(1)
      expect(first.did).toEqual([])
      expect(first.sent).toHaveLength(2)
      first.events.answered(two, { results: [2], errors: [], ms: 1, isSpent: true })
      await w.advance(1)

      expect(first.did).toEqual(['kill'])
      expect(started).toHaveLength(2)
      await sink.expectNext(1, 2)
      run.cancel('enough')
    })
  })

  it('fails an item that cannot be sent, and sends the others', async () => {
    await world(1, async (w) => {
      const real = inProcess((n: number) => n)
      const start: StartWorker = (events, seat) => {
        const port = real(events, seat)
        const send = (parcel: number, values: readonly unknown[]): void => {
          if (values.includes(4)) throw new TypeError('4 could not be cloned')
          port.send(parcel, values)
        }
        return { ...port, send }
      }
      const { received, snapshot } = await outcome(w, start, { onError: 'resume' }, 9)

      expect(received).toEqual([1, 2, 3, 5, 6, 7, 8, 9])
      expect(snapshot.ledger.dropped).toEqual({ error: 1 })
    })
  })

  it('is named with its workers when they are the limit', async () => {
    await world(1, async (w) => {
      const crew = through(
        inProcess((n: number) => w.delay(100, n)),
        3,
        { items: 1, name: 'resize' },
      )
      const run = flow
        .range(1, 1e9)
        .buffer(100, 'backpressure')
        .via(crew)
        .to(() => {})
        .run({ clock: w.clock })
      await w.advance(5000)

      expect(run.why().sentence).toMatch(/^resize is the bottleneck: busy (9\d|100) % \(3\/3\)/)
      run.cancel('enough')
      await run.done.catch(() => {})
    })
  })

  it('hands everything on that it has when the run drains', async () => {
    await world(1, async (w) => {
      const run = flow
        .range(1, 1e9)
        .via(
          through(
            inProcess((n: number) => w.delay(10, n)),
            2,
          ),
        )
        .to(() => {})
        .run({ clock: w.clock })
      await w.advance(55)
      const drained = run.drain()
      await w.advance(1000)
      await drained

      const { ledger, state } = run.inspect()
      expect(state).toBe('done')
      expect(ledger).toMatchObject({ out: ledger.in, inFlight: 0, dropped: {} })
    })
  })

  it('is over only when its workers are, and stops them when it is cancelled', async () => {
    await world(1, async (w) => {
      const { start, started } = driven()
      const sink = w.sink<number>()
      const run = w.run(flow.range(1, 1).via(through(start, 2)), sink)
      sink.request(5)
      for (const { events } of started) events.ready()
      await w.advance(1)
      answer(started[0] as Driven['started'][number])
      await w.advance(1)
      await sink.expectNext(1)
      await sink.expectComplete()
      expect(started.map(({ did }) => did)).toEqual([['stop'], ['stop']])

      const other = driven()
      const again = w.run(flow.range(1, 100).via(through(other.start, 2)), w.sink<number>())
      await w.advance(1)
      again.cancel('enough')
      await w.advance(1)
      expect(other.started.map(({ did }) => did)).toEqual([['kill'], ['kill']])
      expect(run.inspect().balanced && again.inspect().balanced).toBe(true)
    })
  })

  it('refuses options out of range', () => {
    const { start } = driven()
    expect(() => through(start, 0)).toThrow(/concurrency: expected a whole number/)
    expect(() => through(start, 1, { items: 0 })).toThrow(/items: expected/)
    expect(() => through(start, 1, { window: 0 })).toThrow(/window: expected/)
    expect(() => through(start, 1, { perWorker: 0.5 })).toThrow(/perWorker: expected/)
    expect(() => through(start, 1, { retry: -1 })).toThrow(/retry: expected/)
    expect(() => through(start, 1, { order: 'key' as 'input' })).toThrow(/order: expected/)
  })
})
