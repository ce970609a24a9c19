import { describe, expect, it } from 'vitest'
import { merge } from '../../src/flow/merge.ts'
import type { Flow } from '../../src/flow/flow.ts'
import { fanInComponent, fanOutComponent } from '../../src/flow/graph/fan-components.ts'
import { graph } from '../../src/flow/graph/graph.ts'
import type { InPort, OutPort } from '../../src/flow/graph/port.ts'
import type { GraphBuilder } from '../../src/flow/graph/wiring.ts'
import { broadcastHub } from '../../src/flow/hubs/broadcast-hub.ts'
import { mergeHub } from '../../src/flow/hubs/merge-hub.ts'
import { partitionHub } from '../../src/flow/hubs/partition-hub.ts'
import { share } from '../../src/flow/hubs/share.ts'
import { prefetch } from '../../src/flow/ahead/prefetch.ts'
import { pullSink } from '../../src/flow/sinks/pull-sink.ts'
import { flow } from '../../src/flow/sources.ts'
import type { Publisher, Subscriber, Subscription } from '../../src/flow/sources/publisher.ts'
import { toProcessor } from '../../src/interop/to-processor.ts'
import { toPublisher } from '../../src/interop/to-publisher.ts'
import { toSubscriber } from '../../src/interop/to-subscriber.ts'
import { toReadableStream } from '../../src/interop/web-streams.ts'
import type { Run, RunOptions } from '../../src/kernel/run.ts'
import { toReadable } from '../../src/node/to-readable.ts'
import { world, type World } from '../../src/testkit/world.ts'
import { huge, noAmount } from './amounts.ts'

const all = [1, 2, 3, 4, 5]
const five = (): Flow<number> => flow(all)

/** What feeds a hub fails when its consumer has gone. */
const fed = (run: Run<unknown>): void => void run.done.catch(() => {})

/** Every third item goes round once more. */
const ring = (input: Flow<number>): Flow<number> =>
  input.via(
    graph((g) => {
      const join = g.add(
        'join',
        fanInComponent(['fresh', 'again'], (flows: Flow<number>[]) => merge(flows)),
      )
      const work = g.add('work', (items: Flow<number>) => items.map((n) => (n % 3 === 0 ? -n : Math.abs(n))))
      const sort = g.add(
        'sort',
        fanOutComponent(['done', 'again'], (items: Flow<number>, branches) =>
          items.partition((n) => (n < 0 ? 1 : 0), ...branches),
        ),
      )
      g.connect(join.out, work.in, 2)
      g.connect(work.out, sort.in, 2)
      g.feedback(sort.again, join.again, { items: 2, admit: 2 })
      return { items: join.fresh, done: sort.done }
    }),
  )

/** Five items behind everything that credit comes through. */
const flows: Readonly<Record<string, (options: RunOptions) => Flow<number>>> = {
  'a source': five,
  'an operator that filters': () => flow.range(1, 10).filter((n) => n <= 5),
  'an operator that makes many of one': () => flow([2, 3]).flatMap((n) => all.slice(n === 2 ? 0 : 2, n === 2 ? 2 : 5)),
  'a buffer': () => five().buffer(2),
  'a boundary that is asynchronous': () => five().async(),
  'concurrent work': () => five().mapAsync((n) => n, { concurrency: 2 }),
  'work in batches': () => five().mapBatches((batch) => batch, { items: 2 }),
  'several inputs': () => merge([flow([1, 3, 5]), flow([2, 4])]),
  'a window that adapts': () => five().via(prefetch({ max: 8 })),
  'what is shared': () => five().via(share()),
  'a broadcast hub': (options) => {
    const hub = broadcastHub<number>()
    fed(five().to(hub).run(options))
    return hub.subscribe()
  },
  'a partition hub': (options) => {
    const hub = partitionHub<number>({ key: (n) => n })
    fed(five().to(hub).run(options))
    return hub.subscribe()
  },
  'a merge hub': (options) => {
    const hub = mergeHub<number>({ items: 8, perProducer: 2 })
    fed(five().to(hub.sink()).run(options))
    hub.shutdown()
    return hub.flow
  },
  'a port of a graph': () => ring(five()),
}

/** The doors through which a subscriber of Reactive Streams asks. */
const doors: Readonly<Record<string, (items: Flow<number>, options: Watched) => Publisher<number>>> = {
  'a publisher': (items, options) => toPublisher(items, options),
  'a processor': (items, options) => {
    const { clock } = options
    const processor = toProcessor<number, number>((input) => input.map((n) => n), options)
    toPublisher(items, clock === undefined ? {} : { clock }).subscribe(processor)
    return processor
  },
}

interface Watched extends RunOptions {
  readonly onRun: (run: Run<void>) => void
}

/** A subscriber that writes down what it gets. */
class Asks implements Subscriber<number> {
  readonly items: number[] = []
  readonly errors: unknown[] = []
  completions = 0
  subscription!: Subscription

  onSubscribe(subscription: Subscription): void {
    this.subscription = subscription
  }
  onNext(item: number): void {
    this.items.push(item)
  }
  onError(error: unknown): void {
    this.errors.push(error)
  }
  onComplete(): void {
    this.completions++
  }
}

async function asking(
  open: (items: Flow<number>, options: Watched) => Publisher<number>,
  items: (options: RunOptions) => Flow<number>,
  body: (asks: Asks, run: Run<void>, w: World) => Promise<void>,
): Promise<void> {
  await world(1, async (w) => {
    const runs: Run<void>[] = []
    const asks = new Asks()
    const options = { clock: w.clock, random: w.random }
    open(items(options), { ...options, onRun: (run) => runs.push(run) }).subscribe(asks)
    await w.advance(5)
    await body(asks, runs[0] as Run<void>, w)
  })
}

const failsOnce = (asks: Asks, run: Run<void>): void => {
  expect(asks.completions).toBe(0)
  expect(asks.errors).toEqual([expect.any(RangeError)])
  expect(String(asks.errors[0])).toMatch(/request: expected a whole number of items > 0, got .+3\.9/)
  expect(run.inspect()).toMatchObject({ state: 'cancelled', balanced: true, ledger: { inFlight: 0 } })
}

describe.each(Object.entries(doors))('%s', (_, open) => {
  it.each(Object.entries(noAmount))('fails once and gives no more when it is asked for %s', async (__, amount) => {
    await asking(open, five, async (asks, run, w) => {
      asks.subscription.request(2)
      await w.advance(5)
      expect(asks.subscription.request(amount as number)).toBe(undefined)
      asks.subscription.request(amount as number)
      asks.subscription.request(3)
      await w.advance(5)

      expect(asks.items).toEqual([1, 2])
      failsOnce(asks, run)
    })
  })

  it.each(Object.entries(huge))('gives all there is, once, when it is asked for %s, twice', async (__, amount) => {
    await asking(open, five, async (asks, run, w) => {
      asks.subscription.request(amount as number)
      asks.subscription.request(amount as number)
      await w.advance(5)

      expect(asks).toMatchObject({ items: all, errors: [], completions: 1 })
      expect(run.inspect()).toMatchObject({ state: 'done', balanced: true, ledger: { inFlight: 0 } })
    })
  })
})

describe.each(Object.entries(flows))('a publisher of %s', (_, items) => {
  it.each([-1, 0.5, Number.NaN, '3'])(
    'fails once when it is asked for %s, and its accounts are in order',
    async (amount) => {
      await asking(toPublisher, items, async (asks, run, w) => {
        asks.subscription.request(2)
        await w.advance(5)
        asks.subscription.request(amount as number)
        await w.advance(5)

        expect(asks.items).toHaveLength(2)
        failsOnce(asks, run)
      })
    },
  )

  it.each([2 ** 30 - 1, 2 ** 32 + 1, Infinity, 2n ** 80n])('gives all there is, once, for %s', async (amount) => {
    await asking(toPublisher, items, async (asks, run, w) => {
      asks.subscription.request(amount as number)
      await w.advance(20)

      expect(asks.items.toSorted((a, b) => a - b)).toEqual(all)
      expect(asks).toMatchObject({ errors: [], completions: 1 })
      expect(run.inspect()).toMatchObject({ state: 'done', balanced: true, ledger: { inFlight: 0 } })
    })
  })
})

describe('a subscriber of ours', () => {
  it.each(Object.entries(flows))(
    'asks a publisher for whole numbers only, within its bound, for %s',
    async (_, piece) => {
      await world(1, async (w) => {
        const asked: unknown[] = []
        const options = { clock: w.clock, random: w.random }
        const subscriber = toSubscriber(
          (input: Flow<number>) =>
            merge([input, piece(options)])
              .buffer(3)
              .to(() => {}),
          options,
        )
        let sent = 0
        subscriber.onSubscribe({
          request(n) {
            asked.push(n)
            for (let left = n; left > 0 && sent < 500; left--) queueMicrotask(() => subscriber.onNext(sent++))
          },
          cancel() {},
        })
        await w.advance(20)

        expect(asked.length).toBeGreaterThan(1)
        for (const n of asked)
          expect(Number.isInteger(n) && (n as number) > 0 && (n as number) <= 64, String(n)).toBe(true)
        subscriber.run.cancel('enough')
        await subscriber.run.done.catch(() => {})
      })
    },
  )
})

const strange = [...Object.entries(noAmount), ...Object.entries(huge), ['undefined', undefined] as const]

describe('one call asks for one item, whatever it is given', () => {
  it.each(strange)('an iterator that is given %s', async (_, amount) => {
    await world(1, async (w) => {
      let pulled = 0
      const iterator = five()
        .tap(() => pulled++)
        .iterate({ clock: w.clock })
      const next = iterator.next.bind(iterator) as (value: unknown) => Promise<IteratorResult<number>>
      expect(await next(amount)).toEqual({ done: false, value: 1 })
      expect(await next(amount)).toEqual({ done: false, value: 2 })
      await w.advance(5)
      expect(pulled).toBe(2)
      await iterator.return?.()
    })
  })

  it.each(strange)('a sink that pulls, given %s', async (_, amount) => {
    await world(1, async (w) => {
      let pulled = 0
      const pulls = pullSink<number, number[]>(async (items) => {
        const next = items.next.bind(items) as (value: unknown) => Promise<IteratorResult<number>>
        const two = [await next(amount), await next(amount)]
        await w.delay(5)
        return two.map(({ value }) => value as number)
      })
      const run = pulls(five().tap(() => pulled++)).run({ clock: w.clock })
      expect(await run.done).toEqual([1, 2])
      expect(pulled).toBe(2)
    })
  })

  it.each(strange)('a Node stream that is read with %s, which gives all items once', async (_, amount) => {
    const stream = toReadable(five())
    const got: unknown[] = []
    try {
      got.push(stream.read(amount as number))
    } catch (error) {
      // Node refuses some, and takes others for a number; the stream goes on.
      expect(error).toBeInstanceOf(Error)
    }
    for await (const item of stream) got.push(item)
    expect(got.filter((item) => item !== null)).toEqual(all)
  })
})

/** Where an option says how many items may come at once: what it is called in the message, and what takes it. */
const options: readonly (readonly [name: string, least: number, use: (amount: any) => unknown])[] = [
  ['items', 0, (items) => five().buffer({ items })],
  ['concurrency', 1, (concurrency) => five().mapAsync((n) => n, { concurrency })],
  ['items', 1, (items) => five().mapBatches((batch) => batch, { items })],
  ['max', 1, (max) => five().via(prefetch({ max }))],
  ['items', 1, (items) => broadcastHub({ items })],
  ['replay', 0, (replay) => broadcastHub({ replay })],
  ['replay', 0, (replay) => share({ replay })],
  ['items', 1, (items) => mergeHub({ items })],
  ['perProducer', 1, (perProducer) => mergeHub({ perProducer })],
  ['items', 0, (items) => broadcastHub().subscribe({ items })],
  ['items', 0, (items) => between((g, a, b) => g.connect(a, b, { items }))],
  ['highWaterMark', 0, (highWaterMark) => toReadableStream(five(), { highWaterMark })],
  ['highWaterMark', 0, (highWaterMark) => toReadable(five(), { highWaterMark })],
]

/** Two components of a graph, connected by `connect`. */
function between(connect: (g: GraphBuilder, from: OutPort<number>, to: InPort<number>) => void): unknown {
  return graph((g) => {
    const from = g.add('from', five())
    const to = g.add('to', (items: Flow<number>) => items.to(() => {}))
    connect(g, from.out, to.in)
  })
}

describe.each(options)('%s, at least %d, of %s', (name, least, use) => {
  const no = Object.entries({ ...noAmount, Infinity, '2^53': 2 ** 53 }).filter(
    ([, amount]) => !(amount === 0 && least === 0),
  )

  it.each(no)('is refused with its name when it is %s', (_, amount) => {
    expect(() => use(amount)).toThrow(name)
  })

  it('is taken when it is a number of items', () => {
    for (const amount of [Math.max(1, least), 1000]) expect(use(amount)).toBeDefined()
  })
})
