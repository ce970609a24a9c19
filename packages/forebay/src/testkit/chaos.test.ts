import { describe, expect, it } from 'vitest'
import { flow } from '../flow/sources.ts'
import { operator } from '../kernel/operator.ts'
import { chaos, type ChaosOptions } from './chaos.ts'
import { verify } from './verify.ts'
import { world } from './world.ts'

/** The order in which ten timers of one instant come. */
function orderOf(seed: number, options: ChaosOptions): Promise<number[]> {
  return world(
    1,
    async (w) => {
      const order: number[] = []
      for (let n = 0; n < 10; n++) w.clock.after(5, () => order.push(n))
      await w.advance(10)
      return order
    },
    { chaos: chaos(seed, options) },
  )
}

describe('chaos', () => {
  it('takes what is due in one instant in any order, the same for the same seed', async () => {
    const calm = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]

    expect(await orderOf(7, {})).toEqual(calm)
    const mixed = await orderOf(7, { reorder: true })
    expect(mixed).not.toEqual(calm)
    expect(mixed.toSorted((a, b) => a - b)).toEqual(calm)
    expect(await orderOf(7, { reorder: true })).toEqual(mixed)
    expect(await orderOf(8, { reorder: true })).not.toEqual(mixed)
  })

  it('lets credit and data come late or twice, and every item still comes once and in order', async () => {
    const faults = {
      reorder: true,
      creditDelay: 20,
      creditTwice: 0.3,
      dataDelay: 20,
      stall: 0.2,
      stallFor: '1m',
    } as const
    for (let seed = 1; seed <= 20; seed++) {
      await world(
        seed,
        async (w) => {
          const source = w.source<number>()
          const sink = w.sink<number>()
          const run = w.run(
            source.flow.buffer(2).mapAsync((n) => w.delay(3, n), { concurrency: 2 }),
            sink,
          )
          source.send(1, 2, 3, 4, 5)
          source.complete()
          for (let n = 0; n < 5; n++) sink.request(1)
          await sink.expectNext(1, 2, 3, 4, 5)
          await sink.expectComplete()
          expect(run.inspect().balanced).toBe(true)
        },
        { chaos: chaos(seed, faults) },
      )
    }
  })

  it('holds a grant back for as long as a consumer is stalled', async () => {
    const options = { chaos: chaos(1, { stall: 1, stallFor: '5s' }) }
    await world(
      1,
      async (w) => {
        const sink = w.sink<number>()
        w.run(flow([1]), sink)
        sink.request(1)
        await sink.expectNext(1)
        expect(w.clock.now()).toBe(5000)
      },
      options,
    )
  })

  it('kills the runs of a world, which then say so', async () => {
    const options = { chaos: chaos(3, { killWithin: '1s' }) }
    await world(
      1,
      async (w) => {
        const source = w.source<number>()
        const sink = w.sink<number>()
        const run = w.run(source.flow.buffer(4), sink)
        source.send(1, 2)
        expect(await source.expectCancel()).toBe('killed by chaos')
        await expect(run.done).rejects.toMatchObject({ code: 'FOREBAY_CANCELLED' })
        expect(w.clock.now()).toBeLessThanOrEqual(1000)
        expect(run.inspect().balanced).toBe(true)
      },
      options,
    )
  })

  it('moves the wall clock forth and back, and never the clock of the run', async () => {
    const options = { chaos: chaos(1, { jump: '1h' }) }
    await world(
      1,
      async (w) => {
        const offsets = new Set<number>()
        let last = 0
        for (let n = 0; n < 100; n++) {
          await w.advance(1)
          offsets.add(w.clock.wall() - w.clock.now())
          expect(w.clock.now()).toBeGreaterThanOrEqual(last)
          last = w.clock.now()
        }
        expect(offsets.size).toBeGreaterThan(3)
        expect(last).toBe(100)
      },
      options,
    )
  })

  it('refuses shares that are none', () => {
    expect(() => chaos(1, { creditTwice: 2 })).toThrow(RangeError)
    expect(() => chaos(1, { creditDelay: 'soon' as '1s' })).toThrow(RangeError)
  })

  it('is a part of verify: an operator that trusts the order of two timers is found out', async () => {
    const trusting = operator<number, number>('trusting', { cardinality: 'filter', bound: 0 }, (down, control) => {
      let isSet = false
      let isLost = false
      const stops = [control.clock.after(10, () => (isSet = true)), control.clock.after(10, () => (isLost = !isSet))]
      return {
        push: (value, context) => {
          if (isLost) control.discard(context, 'too early')
          else down.push(value, context)
        },
        close: () => stops.forEach((stop) => stop()),
      }
    })

    const found = verify({ name: 'trusting', operator: (input) => input.via(trusting), model: (items) => items })
    await expect(found).rejects.toThrow(/timers in any order/)
  })
})
