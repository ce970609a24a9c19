import { describe, expect, it } from 'vitest'
import { world } from '../../testkit/world.ts'
import type { Flow } from '../flow.ts'
import { flow } from '../sources.ts'
import { failed, never } from '../sources/constant.ts'
import { lazy } from '../sources/lazy.ts'
import { restart, type RestartOptions } from './restart.ts'

const torn = (): Flow<number> => failed(new Error('torn'))

describe('restart', () => {
  it('doubles its wait up to the longest one, and begins again after a time without failure', async () => {
    await world(1, async (w) => {
      const opened: number[] = []
      const open = (): Flow<number> => {
        opened.push(w.clock.now())
        // The sixth one is well for as long as the longest wait.
        return opened.length === 6
          ? flow([40])
              .mapAsync((ms) => w.delay(ms, ms))
              .concat(torn())
          : torn()
      }
      const sink = w.sink<number>()
      w.run(restart(open, { backoff: 10, maxBackoff: 40, jitter: 0 }), sink)
      sink.request(9)
      await w.advance(255)

      expect(opened).toEqual([0, 10, 30, 70, 110, 150, 200, 220])
    })
  })

  it('leaves of a wait what jitter says to chance', async () => {
    for (const jitter of [0, 0.5, 1]) {
      await world(1, async (w) => {
        const opened: number[] = []
        const open = (): Flow<number> => {
          opened.push(w.clock.now())
          return torn()
        }
        const sink = w.sink<number>()
        w.run(restart(open, { backoff: 100, jitter }), sink, { random: { next: () => 0.5 } })
        sink.request(1)
        await w.advance(110)
        expect(opened[1]).toBe(100 * (1 - jitter / 2))
      })
    }
  })

  it('allows max restarts in any stretch of within', async () => {
    await world(1, async (w) => {
      let opened = 0
      // Each lives for 30 ms: three restarts begin in any 100 ms, a fourth does not.
      const open = (): Flow<number> => {
        opened++
        return flow([30])
          .mapAsync((ms) => w.delay(ms, ms))
          .concat(torn())
      }
      const options: RestartOptions = { backoff: 1, maxBackoff: 1, jitter: 0, within: 90 }
      const sink = w.sink<number>()
      const run = w.run(restart(open, { ...options, max: 3 }), sink)
      sink.request(99)
      await w.advance(1000)
      expect(opened).toBeGreaterThan(30)
      run.cancel()

      opened = 0
      const short = w.sink<number>()
      w.run(restart(open, { ...options, max: 2 }), short)
      short.request(99)
      await short.expectNext(30, 30, 30)
      expect(await short.expectFailure()).toMatchObject({ message: 'torn' })
      expect(opened).toBe(3)
    })
  })

  it('hands on what a failed source had sent before it opens the next one', async () => {
    await world(1, async (w) => {
      let opened = 0
      const sink = w.sink<number>()
      const source = (): Flow<number> => (opened++, flow([1, 2, 3]).concat(torn()).buffer(8))
      w.run(restart(source, { backoff: 5, jitter: 0 }), sink)
      sink.request(1)
      await sink.expectNext(1)
      await sink.expectNothing(50)
      expect(opened).toBe(1)
      sink.request(3)
      await sink.expectNext(2, 3, 1)
      expect(opened).toBe(2)
    })
  })

  it('opens nothing after its wait until an item is wanted', async () => {
    await world(1, async (w) => {
      let opened = 0
      const sink = w.sink<number>()
      const open = (): Flow<number> => (++opened === 1 ? flow([1]).concat(torn()).buffer(2) : flow([2]))
      w.run(restart(open, { backoff: 5, jitter: 0 }), sink)
      await w.advance(50)
      expect(opened).toBe(0)
      sink.request(1)
      await sink.expectNext(1)
      await sink.expectNothing(50)
      expect(opened).toBe(1)
      sink.request(1)
      await sink.expectNext(2)
      await sink.expectComplete()
    })
  })

  it('keeps the counts of all it has opened, and nothing else of what is over', async () => {
    await world(1, async (w) => {
      const sink = w.sink<number>()
      const open = (): Flow<number> =>
        flow([1, 2, 3])
          .filter((n) => n < 3)
          .buffer(4)
          .concat(torn())
      const run = w.run(restart(open, { backoff: 1, maxBackoff: 1 }), sink)
      sink.request(1000)
      await w.advance(20)
      const before = run.inspect()
      await w.advance(200)
      const after = run.inspect()

      expect(sink.received.length).toBeGreaterThan(300)
      expect(after.stages.length).toBe(before.stages.length)
      expect(after.edges.length).toBe(before.edges.length)
      expect(after.balanced).toBe(true)
      const taken = after.stages.filter(({ kind }) => kind === 'source').reduce((sum, stage) => sum + stage.in, 0)
      expect(taken).toBe((sink.received.length / 2) * 3)
      const ids = [...after.stages, ...after.edges].map(({ id }) => id)
      expect(new Set(ids).size).toBe(ids.length)
    })
  })

  it('leaves no timer behind when it is cancelled during a wait', async () => {
    await world(1, async (w) => {
      let opened = 0
      const sink = w.sink<number>()
      const run = w.run(
        restart(() => (opened++, torn()), { backoff: 50, jitter: 0 }),
        sink,
      )
      sink.request(1)
      await w.advance(10)
      expect(run.inspect().stages.find(({ name }) => name === 'restart')).toMatchObject({ retried: 1 })
      sink.cancel('enough')
      await w.advance(0)
      expect(w.clock.pending).toBe(0)
      await w.advance(500)
      expect(opened).toBe(1)
    })
  })

  it('ends when the run drains: before it was opened, while it is open, and during a wait', async () => {
    for (const open of [torn, () => never<number>(), () => flow([1])]) {
      for (const demand of [0, 3]) {
        await world(1, async (w) => {
          const sink = w.sink<number>()
          const run = w.run(restart(open, { on: 'end', backoff: '1h', maxBackoff: '1h' }), sink)
          if (demand > 0) sink.request(demand)
          await w.advance(5)
          void run.drain()
          await w.advance(5)
          expect(run.inspect()).toMatchObject({ state: 'done', balanced: true })
        })
      }
    }
  })

  it('fails at once with what another try does not help', async () => {
    const wrong = restart(() => 7 as never)
    await expect(wrong.count()).rejects.toThrow('restart: expected a flow, got 7')
    const sided = restart(() => flow([1]).wiretap(() => {}))
    await expect(sided.count()).rejects.toMatchObject({ code: 'FOREBAY_UNSUPPORTED' })
    const when = (): never => {
      throw new Error('when')
    }
    await expect(restart(torn, { when }).count()).rejects.toThrow('when')
  })

  it('takes an error of open for a failure of what it opens', async () => {
    await world(1, async (w) => {
      let opened = 0
      const open = (): Flow<number> => {
        if (opened++ === 0) throw new Error('refused')
        return flow([1])
      }
      const sink = w.sink<number>()
      w.run(restart(open), sink)
      sink.request(2)
      await sink.expectNext(1)
      await sink.expectComplete()
    })
    await expect(
      restart(
        () => {
          throw new Error('refused')
        },
        { max: 0 },
      ).count(),
    ).rejects.toThrow('refused')
  })

  it('says what it needs', () => {
    expect(() => restart(1 as never)).toThrow('restart: expected a function, got 1')
    expect(() => restart(torn, { backoff: 0 })).toThrow('backoff: expected at least 1 ms, got 0')
    expect(() => restart(torn, { maxBackoff: 5 })).toThrow('maxBackoff: expected at least the backoff (100 ms), got 5')
    expect(() => restart(torn, { jitter: 2 })).toThrow('jitter: expected a number from 0 to 1, got 2')
    expect(() => restart(torn, { max: -1 })).toThrow('max: expected a whole number')
    expect(() => restart(torn, { within: 5 })).toThrow('within: expected together with max')
    expect(() => restart(torn, { on: 'never' as never })).toThrow('on: expected one of failure, end')
    expect(() => restart(torn, { when: 1 as never })).toThrow('when: expected a function, got 1')
  })
})

describe('a flow that is made while the run drains', () => {
  it('is drained as well', async () => {
    await world(1, async (w) => {
      const sink = w.sink<number>()
      const run = w.run(
        lazy(() => never<number>()),
        sink,
      )
      void run.drain()
      await w.advance(5)
      sink.request(1)
      await sink.expectComplete()
      expect(run.inspect()).toMatchObject({ state: 'done' })
    })
  })
})
