import { describe, expect, it } from 'vitest'
import { inProcess } from '../../../test/support/in-process.ts'
import { limit } from '../../gates/limit/limit.ts'
import { world } from '../../testkit/world.ts'
import { flow } from '../sources.ts'
import { mapCrew } from '../workers/map-crew.ts'
import { elastic, type ElasticChange, type ElasticOptions } from './elastic.ts'
import { mapAsyncElastic } from './map-async-elastic.ts'

const work = (start: ReturnType<typeof inProcess>, options: ElasticOptions) =>
  mapCrew<number, number>('work', start, elastic(options), { items: 1, order: 'completion' })

describe('workers that follow the load', () => {
  it('are as many as keep up with what comes, and no more', async () => {
    await world(1, async (w) => {
      const changes: ElasticChange[] = []
      const sink = w.sink<number>()
      const source = w.source<number>()
      const many = inProcess((n: number) => w.delay(100, n))
      const run = w.run(
        source.flow
          .buffer(10_000, 'backpressure')
          .via(work(many, { max: 16, cooldown: '10s', onChange: (change) => changes.push(change) })),
        sink,
      )
      sink.request(1_000_000)
      const stage = () => run.inspect().stages.find(({ name }) => name === 'work')
      // 50 a second of 100 ms each keep five at work, which at a use of 0.75 are seven.
      const offer = async (perSecond: number, seconds: number): Promise<void> => {
        for (let at = 0; at < seconds * 10; at++) {
          source.send(...Array.from({ length: perSecond / 10 }, (_, n) => n))
          await w.advance(100)
        }
      }
      await offer(50, 40)
      expect(stage()?.slots).toBeGreaterThanOrEqual(6)
      expect(stage()?.slots).toBeLessThanOrEqual(8)
      expect(changes.every(({ to, from }) => to <= from * 2)).toBe(true)
      expect(stage()?.scale).toMatchObject({ min: 1, max: 16 })
      expect(stage()?.scale?.reason).toMatch(/^work works \d+ % of the time, 75 % is the target$/)

      await offer(10, 60)
      expect(stage()?.slots).toBeLessThanOrEqual(2)
      expect(run.inspect().balanced).toBe(true)
      run.cancel('enough')
    })
  })

  it('stay few when what comes behind them is the limit, and say so', async () => {
    await world(1, async (w) => {
      const changes: ElasticChange[] = []
      const run = flow
        .range(1, 100_000)
        .buffer(100, 'backpressure')
        .via(
          work(
            inProcess((n: number) => w.delay(10, n)),
            { max: 16, target: '100ms', onChange: (change) => changes.push(change) },
          ),
        )
        .mapAsync((n) => w.delay(100, n))
        .named('save')
        .to(() => {})
        .run({ clock: w.clock })
      await w.advance(60_000)

      expect(run.inspect().stages.find(({ name }) => name === 'work')?.slots).toBe(1)
      expect(changes).toHaveLength(1)
      expect(changes[0]).toMatchObject({ from: 1, to: 1 })
      expect(changes[0]?.reason).toMatch(/^0 more would help: .*save/)
      run.cancel('enough')
      await run.done.catch(() => {})
    })
  })

  it('stay few when a gate behind them is the limit', async () => {
    await world(1, async (w) => {
      const reasons: string[] = []
      const calls = limit(1)
      const run = flow
        .range(1, 100_000)
        .buffer(100, 'backpressure')
        .via(
          work(
            inProcess((n: number) => w.delay(1, n)),
            { max: 16, target: '100ms', onChange: ({ reason }) => reasons.push(reason) },
          ),
        )
        .mapAsync((n) => w.delay(50, n), { concurrency: 4, gate: calls })
        .to(() => {})
        .run({ clock: w.clock })
      await w.advance(30_000)

      expect(run.inspect().stages.find(({ name }) => name === 'work')?.slots).toBe(1)
      expect(reasons.join()).toMatch(/0 more would help: .*limit/)
      run.cancel('enough')
      await run.done.catch(() => {})
    })
  })

  it('are taken back when more of them get no more done', async () => {
    await world(1, async (w) => {
      const reasons: string[] = []
      // One processor for all of them: each takes its turn.
      let free = 0
      const start = inProcess((n: number) => {
        free = Math.max(free, w.clock.now()) + 10
        return w.delay(free - w.clock.now(), n)
      })
      const run = flow
        .range(1, 100_000)
        .via(work(start, { max: 8, onChange: ({ reason }) => reasons.push(reason) }))
        .to(() => {})
        .run({ clock: w.clock })
      await w.advance(25_000)

      expect(run.inspect().stages.find(({ name }) => name === 'work')?.slots).toBe(1)
      expect(reasons.join()).toContain('0 more would help: 2 instead of 1 did 0 % more')
      run.cancel('enough')
      await run.done.catch(() => {})
    })
  })

  it('are calls of mapAsync just as well, each of which ends before there are fewer', async () => {
    await world(1, async (w) => {
      const sink = w.sink<number>()
      const source = w.source<number>()
      let running = 0
      let most = 0
      const call = async (n: number): Promise<number> => {
        most = Math.max(most, ++running)
        await w.delay(100)
        running--
        return n
      }
      const concurrency = elastic({ max: 16, cooldown: '5s' })
      const run = w.run(source.flow.buffer(10_000, 'backpressure').via(mapAsyncElastic(call, { concurrency })), sink)
      sink.request(1_000_000)
      const stage = () => run.inspect().stages.find(({ name }) => name === 'mapAsync')
      const offer = async (perSecond: number, seconds: number): Promise<void> => {
        for (let at = 0; at < seconds * 10; at++) {
          source.send(...Array.from({ length: perSecond / 10 }, (_, n) => n))
          await w.advance(100)
        }
      }
      await offer(60, 30)
      expect(stage()?.slots).toBeGreaterThanOrEqual(7)
      expect(stage()?.slots).toBeLessThanOrEqual(10)
      await offer(10, 60)
      expect(stage()?.slots).toBeLessThanOrEqual(2)
      expect(most).toBeLessThanOrEqual(16)
      const { busyMs = 0, blockedMs = 0, starvedMs = -1, gatedMs = 0 } = stage() ?? {}
      expect(Math.min(busyMs, blockedMs, starvedMs, gatedMs)).toBeGreaterThanOrEqual(0)
      expect(run.inspect().balanced).toBe(true)
      run.cancel('enough')
    })
  })

  it('end with the flow, and so does the look at it', async () => {
    await world(1, async (w) => {
      const run = flow
        .range(1, 500)
        .via(
          work(
            inProcess((n: number) => w.delay(20, n)),
            { max: 4, every: 100 },
          ),
        )
        .to(() => {})
        .run({ clock: w.clock })
      await w.advance(20_000)
      await run.done
      expect(w.clock.pending).toBe(0)
      expect(run.inspect().ledger).toMatchObject({ in: 500, out: 500, inFlight: 0 })
    })
  })

  it('grow though no work has ended yet, and leave a flow alone that stands still until it moves', async () => {
    await world(1, async (w) => {
      const sink = w.sink<number>()
      const source = w.source<number>()
      const concurrency = elastic({ max: 4, every: 100, cooldown: '1s' })
      const run = w.run(
        source.flow.buffer(100, 'backpressure').via(
          mapAsyncElastic((n: number) => (n < 4 ? new Promise<number>(() => {}) : n), {
            concurrency,
            order: 'completion',
          }),
        ),
        sink,
      )
      sink.request(100)
      source.send(0, 1, 2, 3, 4, 5)
      await w.advance(5000)
      expect(run.inspect().stages.find(({ name }) => name === 'mapAsync')?.slots).toBe(4)
      await w.advance(60_000)
      expect(w.clock.pending).toBe(0)
      run.cancel('enough')

      const again = w.source<number>()
      const other = w.run(again.flow.via(mapAsyncElastic((n: number) => n, { concurrency })), w.sink<number>())
      await w.advance(60_000)
      expect(w.clock.pending).toBe(0)
      again.send(1)
      await w.advance(1)
      expect(w.clock.pending).toBe(1)
      other.cancel('enough')
      expect(w.clock.pending).toBe(0)
    })
  })

  it('refuse options out of range', () => {
    expect(() => elastic({ max: 0 })).toThrow(/max: expected/)
    expect(() => elastic({ min: 3, max: 2 })).toThrow(/max: expected a whole number from 3/)
    expect(() => elastic({ max: 2, use: 0 })).toThrow(/use: expected/)
    expect(() => mapAsyncElastic((n) => n, { concurrency: 4 as never })).toThrow(/concurrency: expected elastic/)
    expect(() => mapAsyncElastic((n) => n, { concurrency: elastic({ max: 4 }), buffer: 3 })).toThrow(/buffer: expected/)
    expect(() => elastic({ max: 2, step: 1 })).toThrow(/step: expected/)
    expect(() => elastic({ max: 2, target: 0 })).toThrow(/target: expected/)
    expect(() => elastic({ max: 2, every: 1 })).toThrow(/every: expected/)
    expect(() => elastic({ max: 2, onChange: 1 as never })).toThrow(/onChange: expected a function/)
  })
})
