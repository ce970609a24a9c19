import { describe, expect, it } from 'vitest'
import type { Run } from '../kernel/run.ts'
import type { StageSnapshot } from '../kernel/snapshot.ts'
import { VirtualClock } from '../testkit/virtual-clock.ts'
import { world } from '../testkit/world.ts'
import { flow } from './sources.ts'

describe('mapBatches', () => {
  it('calls with several items and hands on one by one, in order', async () => {
    const sizes: number[] = []
    const clock = new VirtualClock()
    const run = flow
      .range(1, 10)
      .mapBatches(
        (items) => {
          sizes.push(items.length)
          return Promise.resolve(items.map((item) => item * 10))
        },
        { items: 4, within: '1s' },
      )
      .to((item) => out.push(item))
      .run({ clock })
    const out: number[] = []

    await clock.advance(1500)
    await run.done

    expect(out).toEqual([10, 20, 30, 40, 50, 60, 70, 80, 90, 100])
    expect(sizes).toEqual([4, 4, 2])
  })

  it('fails one item of a call and keeps the others', async () => {
    const out: number[] = []
    const lost: unknown[] = []
    const run = flow
      .range(1, 6)
      .mapBatches((items) => items.map((item) => (item === 3 ? new Error('poison') : item)), {
        items: 3,
        onError: 'dead-letter',
      })
      .to((item) => out.push(item))
      .run({ deadLetter: (value) => lost.push(value) })

    await run.done

    expect(out).toEqual([1, 2, 4, 5, 6])
    expect(lost).toEqual([3])
    expect(run.inspect().balanced).toBe(true)
  })

  it('stops the flow on an answer of the wrong length', async () => {
    const done = flow
      .range(1, 6)
      .mapBatches(() => [1], { items: 3 })
      .forEach(() => {})

    await expect(done).rejects.toThrow('expected 3 results')
  })

  it('counts the items of a failed call as failed once they leave, and not before', async () => {
    await world(1, async (w) => {
      const sink = w.sink<number>()
      const work = (items: readonly number[]): Promise<number[]> =>
        new Promise((resolve, reject) => {
          if (items[0] === 1) w.clock.after(100, () => resolve([...items]))
          else w.clock.after(10, () => reject(new Error('boom')))
        })
      const run = w.run(flow.range(1, 6).mapBatches(work, { items: 2, concurrency: 2 }), sink)
      sink.request(9)
      await w.advance(50)

      expect(run.inspect()).toMatchObject({ balanced: true, ledger: { in: 6, out: 0, dropped: {}, inFlight: 6 } })
      expect(stageOf(run)).toMatchObject({ in: 6, settled: 0, failed: 0, inFlight: 6 })
      await sink.expectNext(1, 2)
      expect(await sink.expectFailure()).toMatchObject({ message: 'boom' })
      expect(stageOf(run)).toMatchObject({ in: 6, settled: 2, failed: 2, discarded: { failed: 2 }, inFlight: 0 })
      expect(run.inspect()).toMatchObject({ balanced: true, ledger: { in: 6, out: 2, dropped: { failed: 4 } } })
    })
  })

  it('has as many calls out as it may, and gathers one more', async () => {
    await world(1, async (w) => {
      const sink = w.sink<number>()
      let out = 0
      const work = (): Promise<number[]> => new Promise(() => out++)
      const run = w.run(flow.range(1, 99).mapBatches(work, { items: 4, concurrency: 3 }), sink)
      sink.request(99)
      await w.advance(50)

      expect([out, stageOf(run)?.inFlight]).toEqual([3, 16])
    })
  })

  it('tells the failure of a call, or of an item, without demand', async () => {
    for (const work of [() => Promise.reject(new Error('boom')), () => [new Error('boom'), 2]]) {
      await world(1, async (w) => {
        const sink = w.sink<number>()
        const run = w.run(flow.range(1, 9).mapBatches<number>(work, { items: 2 }), sink)

        expect(await sink.expectFailure()).toMatchObject({ message: 'boom' })
        expect(run.inspect().balanced).toBe(true)
      })
    }
  })

  it('counts one item that fails by itself, and returns the others of its call', async () => {
    const run = flow
      .range(1, 3)
      .mapBatches((items) => items.map((item) => (item === 2 ? new Error('two') : item)), { items: 3 })
      .to(() => {})
      .run()
    await expect(run.done).rejects.toThrow('two')

    expect(stageOf(run)).toMatchObject({ in: 3, settled: 1, failed: 1, discarded: { failed: 1 } })
    expect(run.inspect()).toMatchObject({ balanced: true, ledger: { in: 3, out: 1, dropped: { failed: 2 } } })
  })
})

const stageOf = (run: Run): StageSnapshot | undefined => run.inspect().stages.find(({ kind }) => kind === 'mapBatches')
