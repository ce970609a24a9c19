import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { world } from '../testkit/world.ts'
import { flow } from './sources.ts'

describe('the slots of concurrent work', () => {
  it('are left in order of completion, whatever takes how long and whenever it is taken', async () => {
    const delays = fc.uniqueArray(fc.integer({ min: 1, max: 99 }), { minLength: 1, maxLength: 12 })
    await fc.assert(
      fc.asyncProperty(delays, fc.array(fc.nat(4), { maxLength: 8 }), (ms, requests) =>
        world(1, async (w) => {
          const sink = w.sink<number>()
          const ended: number[] = []
          const work = (n: number): Promise<number> =>
            new Promise((resolve) => {
              w.clock.after(ms[n] as number, () => {
                ended.push(n)
                resolve(n)
              })
            })
          w.run(flow.range(0, ms.length - 1).mapAsync(work, { concurrency: 3, buffer: 5, order: 'completion' }), sink)
          for (const items of requests) {
            sink.request(items)
            await w.advance(20)
            expect(ended.slice(0, sink.received.length)).toEqual(sink.received)
          }
          sink.request(20)
          await w.advance(2000)

          expect(sink.received).toEqual(ended)
          expect(ended).toHaveLength(ms.length)
        }),
      ),
    )
  })

  it('are taken until the work has really ended, and its late result is nobody else’s', async () => {
    await world(1, async (w) => {
      const sink = w.sink<string>()
      let running = 0
      let most = 0
      const work = (n: number): Promise<string> => {
        most = Math.max(most, ++running)
        return new Promise((resolve) => {
          w.clock.after(n < 2 ? 100 : 5, () => {
            running--
            resolve(`work ${n}`)
          })
        })
      }
      const run = w.run(flow.range(0, 5).mapAsync(work, { concurrency: 2, timeout: 10, onError: 'resume' }), sink)
      sink.request(9)
      await w.advance(99)
      expect(sink.received).toEqual([])
      expect(run.inspect().ledger.dropped).toEqual({ error: 2 })
      await w.advance(100)

      await sink.expectNext('work 2', 'work 3', 'work 4', 'work 5')
      expect(most).toBe(2)
      await sink.expectComplete()
      expect(run.inspect().balanced).toBe(true)
    })
  })

  it('are all there again after late work, though others were made in its place', async () => {
    await world(1, async (w) => {
      const sink = w.sink<string>()
      let running = 0
      const most = { before: 0, after: 0 }
      const work = (n: number): Promise<string> => {
        running++
        const when = w.clock.now() < 60 ? 'before' : 'after'
        most[when] = Math.max(most[when], running)
        return new Promise((resolve) => {
          w.clock.after(n === 0 ? 60 : 7, () => {
            running--
            resolve(`work ${n}`)
          })
        })
      }
      w.run(flow.range(0, 49).mapAsync(work, { concurrency: 3, timeout: 10, onError: 'resume' }), sink)
      sink.request(50)
      await w.advance(500)

      expect(sink.received).toEqual(Array.from({ length: 49 }, (_, n) => `work ${n + 1}`))
      expect(most).toEqual({ before: 3, after: 3 })
    })
  })

  it('are blocked while what they finished is not wanted, and busy behind a slower item', async () => {
    await world(1, async (w) => {
      const sink = w.sink<number>()
      const work = (n: number): Promise<number> =>
        new Promise((resolve) => void w.clock.after(n === 1 ? 30 : 10, () => resolve(n)))
      const run = w.run(flow.range(0, 2).mapAsync(work, { concurrency: 3 }), sink)
      await w.advance(50)
      // Item 0 from 10 on, 1 and 2 from 30 on: 2 was finished at 10, but stood behind 1.
      const stage = () => run.inspect().stages.find(({ kind }) => kind === 'mapAsync')
      expect(stage()).toMatchObject({ blockedMs: 40 + 20 + 20, busyMs: 10 + 30 + 30 })

      sink.request(3)
      await sink.expectNext(0, 1, 2)
      await w.advance(50)
      expect(stage()).toMatchObject({ blockedMs: 80, busyMs: 70 })
    })
  })
})
