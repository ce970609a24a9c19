import { describe, expect, it } from 'vitest'
import { ttl } from '../../src/flow/ahead/ttl.ts'
import { firehose, type FirehoseOverflow } from '../../src/flow/firehose.ts'
import { flow } from '../../src/flow/sources.ts'
import type { Clock } from '../../src/kernel/clock.ts'
import { world } from '../../src/testkit/world.ts'

describe('a buffer with a ttl', () => {
  it('drops what has expired without demand, tells the listener, and lets as much in anew', () =>
    world(1, async (w) => {
      const source = w.source<number>()
      const sink = w.sink<number>()
      const dropped: unknown[] = []
      const onDrop = (n: number, reason: string): void => void dropped.push([n, reason, w.clock.now()])
      const run = w.run(source.flow.buffer({ items: 4, ttl: ttl(10), onDrop }), sink)
      await source.expectDemand(4)
      source.send(1, 2)
      await w.advance(6)
      source.send(3, 4)
      expect(source.demand).toBe(0)
      await w.advance(4)

      expect(dropped).toEqual([
        [1, 'expired', 10],
        [2, 'expired', 10],
      ])
      expect(source.demand).toBe(2)
      sink.request(1)
      await sink.expectNext(3)
      await w.advance(6)
      expect(sink.discarded).toEqual({ expired: 3 })
      expect(run.inspect()).toMatchObject({
        balanced: true,
        edges: [{ length: 0, oldestMs: 0, dropped: { expired: 3 } }],
      })
      source.send(5)
      sink.request(1)
      await sink.expectNext(5)
      sink.cancel()
    }))

  it('completes, and fails, when what it holds has expired, though nobody wants anything', () =>
    world(1, async (w) => {
      for (const fails of [false, true]) {
        const source = w.source<number>()
        const sink = w.sink<number>()
        w.run(source.flow.buffer({ items: 4, ttl: ttl(10) }), sink)
        await source.expectDemand(4)
        source.send(1)
        if (fails) source.fail(new Error('failed'))
        else source.complete()
        await w.advance(9)
        sink.request(0)
        await w.advance(2)
        await (fails ? sink.expectFailure() : sink.expectComplete())
        expect(sink.discarded).toEqual({ expired: 1 })
      }
    }))

  it.each(['backpressure', 'drop-oldest', 'latest'] as const)(
    'hands nothing on that has expired, even when its timer is late: %s',
    (overflow) =>
      world(1, async (w) => {
        const source = w.source<number>()
        const sink = w.sink<number>()
        let isBlocked = 0
        const clock: Clock = {
          now: () => w.clock.now() + isBlocked,
          wall: () => w.clock.wall(),
          after: (ms, callback) => w.clock.after(ms, callback),
          yield: (callback) => w.clock.yield(callback),
          frame: (callback) => w.clock.frame(callback),
          exact: true,
        }
        w.run(source.flow.buffer({ items: 9, overflow, key: (n: number) => n, ttl: ttl(10) }), sink, { clock })
        await source.expectDemand(9)
        source.send(1, 2)
        await w.advance(5)
        source.send(3)
        isBlocked = 7 // the loop was held up: by now two of them are 12 ms old, and no timer has rung
        sink.request(3)
        await sink.expectNext(3)

        expect(sink.discarded).toEqual({ expired: 2 })
        sink.cancel()
      }),
  )

  it('gives back the bytes of what has expired', () =>
    world(1, async (w) => {
      const source = w.source<number>()
      const sink = w.sink<number>()
      const sizeOf = (n: number): number => n
      const run = w.run(source.flow.buffer({ bytes: 100, sizeOf, ttl: ttl(10) }), sink, { memory: 200 })
      await source.expectDemand(1)
      source.send(60, 60)
      expect(run.inspect().memory.heldBytes).toBe(120)
      expect(source.demand).toBe(0)
      await w.advance(10)

      expect(run.inspect()).toMatchObject({ memory: { heldBytes: 0 }, edges: [{ bytes: 0 }], balanced: true })
      expect(source.demand).toBeGreaterThan(0)
      sink.cancel()
    }))

  it.each(['drop-oldest', 'drop-newest', 'drop-all', 'reject', 'fail'] as const)(
    'makes room for a firehose before its policy drops anything: %s',
    (overflow) =>
      world(1, async (w) => {
        const sink = w.sink<number>()
        let emit: ((n: number) => unknown) | undefined
        const ticks = firehose<number>((into) => void (emit = into))
        w.run(ticks.buffer({ items: 2, overflow: overflow as FirehoseOverflow, ttl: ttl(10) }), sink)
        for (let n = 0; n < 6; n++) {
          emit?.(n)
          await w.advance(6)
        }
        expect(sink.discarded).toEqual({ expired: 5 })
        sink.request(1)
        await sink.expectNext(5)
        sink.cancel()
      }),
  )

  it('leaves no timer behind', () =>
    world(1, async (w) => {
      await flow
        .range(1, 5)
        .buffer({ items: 2, ttl: ttl('1h') })
        .to(() => {})
        .run({ clock: w.clock }).done
      const run = w.run(flow.range(1, 5).buffer({ items: 2, ttl: ttl('1h') }), w.sink<number>())
      await w.advance(0)
      run.cancel()

      expect(w.clock.pending).toBe(0)
    }))

  it('is named by explain, among what it holds and what it may lose', () => {
    const program = flow([1])
      .buffer({ items: 5, name: 'fresh', ttl: ttl('2s') })
      .to(() => {})

    expect(program.explain()).toMatchObject({ losses: [{ part: 'fresh', policy: 'expired' }] })
    expect(program.explain().parts[0]?.note).toContain('none older than 2000 ms')
  })

  it('refuses what it cannot do', () => {
    expect(() => ttl(0)).toThrow(/ttl: expected more than 0 ms, got 0/)
    expect(() => ttl('soon' as never)).toThrow(/ttl/)
    expect(() => flow([1]).buffer({ items: 1, overflow: 'spill', name: 'b', ttl: ttl(1) })).toThrow(/no ttl/)
  })
})
