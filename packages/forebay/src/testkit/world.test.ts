import { describe, expect, it } from 'vitest'
import { flow } from '../flow/sources.ts'
import { assertBoundedBy } from './bounded-by.ts'
import { world } from './world.ts'

describe('a world', () => {
  it('drives a flow from both ends, one credit at a time', async () => {
    await world(1, async (w) => {
      const source = w.source<number>()
      const sink = w.sink<number>()
      w.run(
        source.flow.filter((n) => n % 2).map((n) => n * 10),
        sink,
      )

      await sink.expectNothing(1000)
      expect(source.demand).toBe(0)
      sink.request(2)
      await source.expectDemand(2)
      source.send(1, 2, 3, 5)
      await sink.expectNext(10, 30)
      expect(source.sent).toBe(3)
      expect(await sink.requestNext()).toBe(50)
      source.complete()
      await sink.expectComplete()
    })
  })

  it('lets time jump to the next timer', async () => {
    await world(1, async (w) => {
      const source = w.source<number>()
      const sink = w.sink<number[]>()
      w.run(source.flow.batch({ items: 10, within: '5s' }), sink)

      sink.request(1)
      source.send(1, 2)
      await sink.expectNothing(4999)
      await sink.expectNext([1, 2])
      expect(w.clock.now()).toBe(5000)
    })
  })

  it('fails at once when nothing can happen any more, and says who waits on whom', async () => {
    const hanging = world(1, async (w) => {
      const source = w.source<number>()
      const sink = w.sink<number>()
      w.run(source.flow.buffer(4), sink)
      sink.request(1)
      await sink.expectNext(1)
    })

    await expect(hanging).rejects.toMatchObject({ code: 'FOREBAY_STALL' })
    await expect(hanging).rejects.toThrow(/expected item 1: nothing can happen any more/)
    await expect(hanging).rejects.toThrow(
      /source probe ⇒ buffer\(4\) 0\/4 ⇒ sink probe .*waits for items of source probe/,
    )
  })

  it('fails a test that waits for something outside of it', async () => {
    await expect(world(1, () => new Promise(() => {}))).rejects.toMatchObject({ code: 'FOREBAY_STALL' })
  })

  it('gives up on a flow that goes on for ever', async () => {
    const endless = world(
      1,
      async (w) => {
        const tick = (): void => void w.clock.after(100, tick)
        tick()
        await w
          .sink()
          .expectNothing(1)
          .catch(() => {})
        await new Promise(() => {})
      },
      { within: 10_000 },
    )

    await expect(endless).rejects.toThrow(/gone on for 10000 ms/)
  })

  it('tells the reason of a cancellation and what was thrown away', async () => {
    await world(1, async (w) => {
      const source = w.source<number>()
      const sink = w.sink<number>()
      w.run(source.flow.buffer(4), sink)

      source.send(1, 2, 3)
      sink.request(1)
      await sink.expectNext(1)
      const reason = new Error('enough')
      sink.cancel(reason)
      await source.expectCancel(reason)
      expect(sink.discarded).toEqual({ cancelled: 2 })
    })
  })

  it('fails when a producer broke a rule and the test did not look', async () => {
    const unseen = world(1, async (w) => {
      const source = w.source<number>({ misbehave: 'overflow' })
      const sink = w.sink<number>()
      w.run(source.flow, sink)
      source.send(1)
      await w.advance(1)
    })

    await expect(unseen).rejects.toMatchObject({ code: 'FOREBAY_PROTOCOL' })
  })

  it('puts the timers of the runtime on its clock when it is asked to', async () => {
    const waited = await world(
      1,
      async (w) => {
        await new Promise((resolve) => setTimeout(resolve, 60_000))
        return w.clock.now()
      },
      { patch: true },
    )

    expect(waited).toBe(60_000)
    expect(Math.abs(Date.now() - performance.timeOrigin - performance.now())).toBeLessThan(60_000)
  })
})

describe('a source that breaks the rules', () => {
  it('cannot overfill a buffer: the item is counted and the flow fails', async () => {
    await world(1, async (w) => {
      const source = w.source<number>({ misbehave: 'overflow' })
      const sink = w.sink<number>()
      w.run(source.flow.buffer(2), sink)

      source.send(1, 2, 3)
      expect(await sink.expectFailure().catch((error: unknown) => error)).toMatchObject({ code: 'FOREBAY_PROTOCOL' })
      expect(sink.discarded).toMatchObject({ protocol: 1 })
    })
  })

  it('is heard only once when it ends twice', async () => {
    await world(1, async (w) => {
      const twice = w.source<number>({ misbehave: 'doubleTerminal' })
      const first = w.sink<number>()
      w.run(
        twice.flow.map((n) => n),
        first,
      )
      twice.complete()
      await first.expectComplete()
      expect(first.protocolErrors).toEqual([])
    })
  })

  it.each([
    ['afterTerminal', 'terminal'],
    ['afterCancel', 'cancel'],
  ] as const)('is caught by the sink probe: %s', async (misbehave, kind) => {
    await world(1, async (w) => {
      const source = w.source<number>({ misbehave })
      const sink = w.sink<number>()
      w.run(source.flow, sink)
      sink.request(5)
      if (misbehave === 'afterCancel') sink.cancel()
      else source.complete()
      await w.advance(1)
      source.send(1)
      expect(sink.protocolErrors.map((error) => error.kind)).toContain(kind)
      expect(sink.receivedAfterCancel).toBe(misbehave === 'afterCancel' ? 1 : 0)
    })
  })

  it('may wake its flow from inside a hand-over', async () => {
    await world(1, async (w) => {
      const source = w.source<number>({ misbehave: 'syncReentrant' })
      const sink = w.sink<number>()
      w.run(
        source.flow.buffer(2).map((n) => n),
        sink,
      )
      sink.request(9)
      source.send(1, 2, 3)
      source.complete()
      await sink.expectNext(1, 2, 3)
      await sink.expectComplete()
    })
  })
})

describe('assertBoundedBy', () => {
  const program = flow
    .range(1, 9)
    .buffer({ items: 100, bytes: '1KiB' })
    .batch(10)
    .to(() => {})

  it('passes a program whose worst case is small enough', () => {
    expect(() => assertBoundedBy(program, { items: 200 })).not.toThrow()
  })

  it('names the parts that hold the most', () => {
    expect(() => assertBoundedBy(program, { items: 50 })).toThrow(/worst case is 111: buffer\(100\) 100, batch 10/)
  })
})
