import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { describe, expect, it } from 'vitest'
import { isForebayError } from '../../kernel/errors.ts'
import { VirtualClock } from '../../testkit/virtual-clock.ts'
import { world } from '../../testkit/world.ts'
import { merge } from '../merge.ts'
import { flow } from '../sources.ts'
import { broadcastHub } from './broadcast-hub.ts'

const never = (): Promise<void> => new Promise(() => {})

setFlagsFromString('--expose-gc')
const collectGarbage = runInNewContext('gc') as () => void

const codeOf = (code: string) => expect.objectContaining({ code })

describe('broadcastHub', () => {
  it('hands every item to all, in order, and ends them with its producer', async () => {
    const hub = broadcastHub<number>({ startAfter: 3 })
    const all = Array.from({ length: 3 }, () => hub.subscribe().toArray(1000))
    const run = flow.range(1, 1000).to(hub).run()

    expect(await run.done).toBe(1000)
    for (const items of await Promise.all(all)) expect(items).toEqual(Array.from({ length: 1000 }, (_, n) => n + 1))
    expect(hub.inspect()).toMatchObject({ state: 'completed', in: 1000, joined: 3, left: 3, subscribers: [] })
  })

  it('gives null and undefined on like any other value', async () => {
    const hub = broadcastHub<number | null | undefined>({ replay: 3 })
    const seen = hub.subscribe().toArray(9)
    await flow([null, undefined, 0]).to(hub).run().done

    expect(await seen).toEqual([null, undefined, 0])
    expect(await hub.subscribe().toArray(9)).toEqual([null, undefined, 0])
  })

  it('never lets a slow subscriber hold more than it may, and waits for it', async () => {
    await world(1, async (w) => {
      const hub = broadcastHub<number>({ startAfter: 2, items: 4 })
      const [fast, slow] = [w.sink<number>(), w.sink<number>()]
      w.run(hub.subscribe(), fast)
      const slowRun = w.run(hub.subscribe({ name: 'slow' }), slow)
      w.run(flow.range(1, 100).to(hub))
      fast.request(100)
      await w.advance(7)

      expect(fast.received).toHaveLength(4)
      expect(slowRun.inspect().edges.map(({ length }) => length)).toContain(4)
      expect(hub.inspect()).toMatchObject({
        state: 'blocked',
        in: 4,
        subscribers: [
          { name: 'broadcastHub subscriber', lag: 0, isSlow: false },
          { name: 'slow', lag: 4, isSlow: true, heldBackMs: 7, overflow: 'backpressure' },
        ],
      })
      slow.request(100)
      await fast.expectCount(100)
      await slow.expectCount(100)
      await slow.expectComplete()
    })
  })

  it('loses for each subscriber what its own policy says, in its own account', async () => {
    await world(1, async (w) => {
      const hub = broadcastHub<number>({ startAfter: 4, items: 2 })
      const sinks = [0, 1, 2, 3].map(() => w.sink<number>())
      const [oldest, newest, latest, all] = sinks as [
        (typeof sinks)[0],
        (typeof sinks)[0],
        (typeof sinks)[0],
        (typeof sinks)[0],
      ]
      const runs = [
        w.run(hub.subscribe({ overflow: 'drop-oldest' }), oldest),
        w.run(hub.subscribe({ overflow: 'drop-newest' }), newest),
        w.run(hub.subscribe({ overflow: 'latest', key: (n) => n % 2 }), latest),
        w.run(hub.subscribe(), all),
      ]
      all.request(100)
      w.run(flow.range(1, 10).to(hub))
      await all.expectCount(10)
      for (const sink of sinks) sink.request(10)
      await oldest.expectNext(9, 10)
      await newest.expectNext(1, 2)
      await latest.expectNext(9, 10)
      await w.advance(1)

      for (const [at, dropped] of [{ 'drop-oldest': 8 }, { 'drop-newest': 8 }, { replaced: 8 }, {}].entries()) {
        expect(runs[at]?.inspect()).toMatchObject({ balanced: true })
        expect(runs[at]?.inspect().ledger).toMatchObject({ in: 10, dropped })
      }
    })
  })

  it('is asked for no more than its subscribers take, however one of them drops (node #65337)', async () => {
    await world(1, async (w) => {
      const hub = broadcastHub<number>({ startAfter: 2, items: 3 })
      let read = 0
      const [sink, idle] = [w.sink<number>(), w.sink<number>()]
      w.run(hub.subscribe(), sink)
      const run = w.run(hub.subscribe({ overflow: 'drop-newest' }), idle)
      w.run(
        flow
          .range(1, 10_000)
          .tap(() => read++)
          .to(hub),
      )
      for (let n = 1; n <= 500; n++) expect(await sink.requestNext()).toBe(n)
      await w.advance(1)

      expect(read).toBeLessThanOrEqual(500 + 3 + 1)
      expect(run.inspect().edges.every(({ length }) => length <= 3)).toBe(true)
    })
  })

  it('gives a late subscriber what comes from then on, and the newest n before that', async () => {
    await world(1, async (w) => {
      const hub = broadcastHub<number>({ live: true, replay: 2 })
      const source = w.source<number>()
      w.run(source.flow.to(hub))
      source.send(1, 2, 3)
      await w.advance(1)
      const sink = w.sink<number>()
      w.run(hub.subscribe({ items: 1 }), sink)
      source.send(4)
      sink.request(1)
      await sink.expectNext(2)
      sink.request(2)
      await sink.expectNext(3, 4)
      source.complete()
      await sink.expectComplete()
      expect(hub.inspect()).toMatchObject({ in: 4, unheard: 3 })
    })
  })

  it('ends those who come after its end, with its replay and its error (akka #27163, Effect #8374)', async () => {
    const done = broadcastHub<number>({ replay: 2 })
    const early = done.subscribe().count()
    await flow.range(1, 9).to(done).run().done
    expect(await early).toBe(9)
    expect(await done.subscribe({ items: 1 }).toArray(9)).toEqual([8, 9])
    expect(await done.subscribe().toArray(9)).toEqual([8, 9])

    const failed = broadcastHub<number>({ live: true })
    const boom = new Error('boom')
    const bad = flow.range(1, 3).map((n) => {
      if (n === 2) throw boom
      return n
    })
    await expect(bad.to(failed).run().done).rejects.toBe(boom)
    await expect(failed.subscribe().toArray(9)).rejects.toBe(boom)
  })

  it('does not wait for a subscriber that has cancelled, failed or been drained (akka #23205)', async () => {
    for (const leave of ['cancel', 'fail', 'drain', 'abort'] as const) {
      await world(1, async (w) => {
        const hub = broadcastHub<number>({ startAfter: 2, items: 2 })
        const [sink, other] = [w.sink<number>(), w.sink<number>()]
        w.run(hub.subscribe(), sink)
        const piece = hub.subscribe().map((n) => {
          if (leave === 'fail' && n === 2) throw new Error('of its own')
          return n
        })
        const run = w.run(piece, other)
        w.run(flow.range(1, 50).to(hub))
        sink.request(50)
        await w.advance(1)
        expect(hub.inspect().state).toBe('blocked')
        if (leave === 'cancel') other.cancel()
        else if (leave === 'abort') run.cancel()
        else if (leave === 'fail') other.request(2)
        else void run.drain()

        await sink.expectCount(50)
        await sink.expectComplete()
        other.request(9)
        await w.advance(1)
        expect(run.inspect()).toMatchObject({ balanced: true })
        expect(hub.inspect()).toMatchObject({ state: 'completed', joined: 2, left: 2 })
      })
    }
  })

  it('disconnects a subscriber that holds it back for too long, behind what waits for it', async () => {
    await world(1, async (w) => {
      const hub = broadcastHub<number>({ startAfter: 2, items: 2 })
      const [sink, slow] = [w.sink<number>(), w.sink<number>()]
      w.run(hub.subscribe(), sink)
      const run = w.run(hub.subscribe({ lag: '50ms', name: 'page 7' }), slow)
      w.run(flow.range(1, 9).to(hub))
      sink.request(9)
      await sink.expectNext(1, 2)
      await sink.expectNothing(49)
      await sink.expectNext(3, 4, 5, 6, 7, 8, 9)
      slow.request(9)
      await slow.expectNext(1, 2)

      const error = await slow.expectFailure()
      expect(isForebayError(error, 'FOREBAY_LAGGED')).toBe(true)
      expect(String(error)).toContain('page 7 held its hub back for 50 ms')
      expect(run.inspect()).toMatchObject({ balanced: true, ledger: { in: 2 } })
    })
  })

  it('lets one that is slow for a moment stay, and counts nothing against one that holds nobody back', async () => {
    await world(1, async (w) => {
      const hub = broadcastHub<number>({ items: 1 })
      const source = w.source<number>()
      const sink = w.sink<number>()
      w.run(source.flow.to(hub))
      w.run(hub.subscribe({ lag: 50 }), sink)
      source.send(1)
      await sink.expectNothing(200) // full, but nothing waits for it
      source.send(2)
      await sink.expectNothing(40)
      sink.request(1)
      await sink.expectNext(1)
      await sink.expectNothing(200) // the hub waits for it no more
      source.send(3)
      await sink.expectNothing(40)
      sink.request(2)
      await sink.expectNext(2, 3)
    })
  })

  it('goes on without one that lags, if it says so, and counts what that misses', async () => {
    await world(1, async (w) => {
      const hub = broadcastHub<number>({ startAfter: 2, items: 2 })
      const source = w.source<number>()
      const [sink, slow] = [w.sink<number>(), w.sink<number>()]
      w.run(source.flow.to(hub))
      w.run(hub.subscribe(), sink)
      const run = w.run(hub.subscribe({ lag: 50, onLag: 'drop' }), slow)
      sink.request(20)
      source.send(1, 2, 3, 4, 5)
      await w.advance(60)
      expect(sink.received).toEqual([1, 2, 3, 4, 5])
      expect(hub.inspect().subscribers[1]).toMatchObject({ dropped: { lag: 3 }, lag: 2, isSlow: true, heldBackMs: 50 })
      slow.request(9)
      await slow.expectNext(1, 2)
      source.send(6)
      await slow.expectNext(6)

      source.complete()
      await slow.expectComplete()
      expect(run.inspect()).toMatchObject({ balanced: true, ledger: { in: 6, out: 3, dropped: { lag: 3 } } })
    })
  })

  it('lets its producer be cancelled and drained while it waits', async () => {
    await world(1, async (w) => {
      const hub = broadcastHub<number>({ startAfter: 2 })
      const run = w.run(flow.range(1, 9).to(hub))
      const sink = w.sink<number>()
      w.run(hub.subscribe(), sink)
      sink.request(1)
      await w.advance(5)
      expect(hub.inspect().state).toBe('waiting')
      run.cancel('enough')
      await expect(run.done).rejects.toEqual(codeOf('FOREBAY_CANCELLED'))

      expect(await sink.expectFailure()).toEqual(codeOf('FOREBAY_CANCELLED'))
      expect(run.inspect()).toMatchObject({ balanced: true, ledger: { in: 1, out: 0 } })
    })
  })

  it('keeps the order of writes that are out at once', async () => {
    await world(1, async (w) => {
      const hub = broadcastHub<number>({ items: 1 })
      const sink = w.sink<number>()
      w.run(flow.range(1, 40).to(hub, { concurrency: 8 }))
      w.run(hub.subscribe(), sink)
      for (let n = 1; n <= 40; n++) expect(await sink.requestNext()).toBe(n)
      await sink.expectComplete()
    })
  })

  it('hands on what a subscriber makes it write while it is handing out', async () => {
    await world(1, async (w) => {
      const hub = broadcastHub<number>()
      const writer = hub.open()
      const { signal } = new AbortController()
      const seen: number[] = []
      const echo = (n: number): void => {
        seen.push(n)
        if (n < 5) void writer.write(n + 1, signal)
      }
      w.run(hub.subscribe({ items: 1 }).to(echo))
      void writer.write(1, signal)
      await w.advance(1)

      expect(seen).toEqual([1, 2, 3, 4, 5])
      expect(hub.inspect()).toMatchObject({ state: 'running', in: 5 })
    })
  })

  it('has one producer, and no more subscribers than it may', async () => {
    const hub = broadcastHub<number>({ maxSubscribers: 1, name: 'prices' })
    const first = hub.subscribe().count()
    await expect(hub.subscribe().count()).rejects.toThrow('prices has 1 subscribers already')
    await flow.range(1, 3).to(hub).run().done

    expect(await first).toBe(3)
    expect(() => flow.range(1, 3).to(hub).run()).toThrow(codeOf('FOREBAY_ALREADY_RUN'))
  })

  it('says which option is wrong', () => {
    expect(() => broadcastHub({ replay: -1 })).toThrow('replay: expected a whole number from 0')
    expect(() => broadcastHub({ items: 0 })).toThrow('items: expected a whole number from 1')
    expect(() => broadcastHub({ startAfter: 1.5 })).toThrow('startAfter: expected a whole number')
    const hub = broadcastHub<number>()
    expect(() => hub.subscribe({ lag: 5, overflow: 'drop-oldest' })).toThrow("lag: expected overflow 'backpressure'")
    expect(() => hub.subscribe({ onLag: 'wait' as 'drop' })).toThrow('onLag: expected one of disconnect, drop')
    expect(() => hub.subscribe({ overflow: 'latest' })).toThrow("key: overflow 'latest'")
  })

  it('keeps nothing of a hundred thousand subscribers that come and go', { timeout: 60_000 }, async () => {
    const clock = new VirtualClock()
    const hub = broadcastHub<number>({ live: true, replay: 1, items: 2 })
    const writer = hub.open()
    const { signal } = new AbortController()
    const held: number[] = []
    for (let round = 0; round < 10; round++) {
      expect(writer.write(round, signal)).toBe(undefined)
      // Most leave when they have had enough, many at once in one run; some hang up with an item in hand.
      for (let n = 0; n < 90; n++) {
        const many = Array.from({ length: 100 }, (_, at) =>
          hub.subscribe(at % 2 === 0 ? { lag: 50 } : { overflow: 'drop-oldest' }),
        )
        expect(await merge(many).take(7).count({ clock })).toBe(7)
      }
      for (let n = 0; n < 1000; n++) {
        const run = hub.subscribe().to(never).run({ clock })
        run.cancel()
      }
      await clock.advance(100)
      collectGarbage()
      held.push(process.memoryUsage().heapUsed)
    }

    expect(hub.inspect()).toMatchObject({ state: 'running', subscribers: [], joined: 100_000, left: 100_000, in: 10 })
    expect((held[9] as number) - (held[3] as number)).toBeLessThan(2_000_000)
  })
})
