import { describe, expect, it } from 'vitest'
import { VirtualClock } from '../../testkit/virtual-clock.ts'
import { world } from '../../testkit/world.ts'
import { flow } from '../sources.ts'
import { conflate } from './conflate.ts'

const later = (clock: VirtualClock, ms: number) => () =>
  new Promise<void>((resolve) => void clock.after(ms, () => resolve()))
const lists = conflate<number, number[]>({ seed: (n) => [n], fold: (held, n) => [...held, n], max: 4 })

describe('conflate', () => {
  it('lets items pass one by one while they are wanted', async () => {
    expect(await flow.range(1, 3).via(lists).toArray(9)).toEqual([[1], [2], [3]])
  })

  it('folds what comes while nothing is wanted, up to its bound, and then holds upstream back', async () => {
    const clock = new VirtualClock()
    const seen: number[][] = []
    let read = 0
    const source = {
      *[Symbol.iterator]() {
        while (read < 11) yield ++read
      },
    }
    const run = flow(source)
      .via(lists)
      .to((list) => {
        seen.push(list)
        return later(clock, 10)()
      })
      .run({ clock })
    await clock.advance(5)
    expect(read).toBe(5)
    await clock.advance(100)
    await run.done

    expect(seen).toEqual([[1], [2, 3, 4, 5], [6, 7, 8, 9], [10, 11]])
    expect(run.inspect()).toMatchObject({ balanced: true, ledger: { in: 11, out: 11, inFlight: 0 } })
  })

  it('fails with an error of its own functions, after what it held', async () => {
    const clock = new VirtualClock()
    const seen: unknown[] = []
    const failing = conflate<number, number>({
      seed: (n) => n,
      fold: (sum, n) => {
        if (n === 3) throw new Error('three')
        return sum + n
      },
      max: 9,
    })
    const run = flow
      .range(1, 9)
      .via(failing)
      .to((sum) => {
        seen.push(sum)
        return later(clock, 10)()
      })
      .run({ clock })
    const failed = expect(run.done).rejects.toThrow('three')
    await clock.advance(100)
    await failed

    expect(seen).toEqual([1, 2])
    expect(() => conflate({ seed: () => 0, fold: () => 0, max: 0 })).toThrow(RangeError)
  })

  it('holds upstream back at a weight, which the last item of a state may exceed', async () => {
    await world(1, async (w) => {
      const source = w.source<number>()
      const sink = w.sink<number>()
      const sums = { seed: (n: number) => n, fold: (a: number, b: number) => a + b, max: 9 }
      w.run(source.flow.via(conflate({ ...sums, weight: 5, weightOf: (n) => n })), sink)
      await w.advance(1)
      for (const n of [2, 1, 4]) {
        expect(source.demand).toBe(1)
        source.send(n)
      }
      expect(source.demand).toBe(0)
      sink.request(1)
      await sink.expectNext(7)
      expect(source.demand).toBe(1)
      expect(() => conflate({ ...sums, weight: NaN })).toThrow('weight: expected a number')
    })
  })
})
