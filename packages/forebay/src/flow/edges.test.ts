import { describe, expect, it } from 'vitest'
import { limit } from '../gates/limit/limit.ts'
import { rate } from '../gates/rate/rate.ts'
import { all } from '../gates/all.ts'
import { VirtualClock } from '../testkit/virtual-clock.ts'
import { failed, mapError } from './operators.ts'
import { flow } from './sources.ts'

const boom = (at: number) => (n: number) => {
  if (n === at) throw new Error(`boom ${n}`)
  return n
}
const later =
  (clock: VirtualClock, ms: number) =>
  <T>(value: T) =>
    new Promise<T>((resolve) => void clock.after(ms, () => resolve(value)))

describe('recover', () => {
  it('ends with one last item instead of a failure, wherever it comes from', async () => {
    const failing = flow.range(1, 9).map(boom(4))
    const message = (error: unknown): string => (error as Error).message

    expect(await failing.recover(message).toArray(9)).toEqual([1, 2, 3, 'boom 4'])
    expect(await failing.buffer(4).recover(message).toArray(9)).toEqual([1, 2, 3, 'boom 4'])
    expect(
      await failing.mapAsync(later(new VirtualClock(), 0), { concurrency: 1 }).take(0).recover(message).count(),
    ).toBe(0)
  })

  it('waits for demand with its last item, and balances', async () => {
    const clock = new VirtualClock()
    const seen: number[] = []
    const run = flow
      .range(1, 9)
      .map(boom(3))
      .recover(() => -1)
      .to(async (n) => {
        seen.push(n)
        await later(clock, 10)(n)
      })
      .run({ clock })
    await clock.advance(15)
    expect(seen).toEqual([1, 2])
    await clock.advance(100)
    expect(await run.done).toBe(3)
    expect(seen).toEqual([1, 2, -1])
    expect(run.inspect().balanced).toBe(true)
  })

  it('leaves failures from below alone, and fails with its own', async () => {
    await expect(
      flow
        .range(1, 9)
        .recover(() => 0)
        .map(boom(2))
        .count(),
    ).rejects.toThrow('boom 2')
    const failing = flow
      .range(1, 9)
      .map(boom(1))
      .recover(() => {
        throw new Error('worse')
      })
    await expect(failing.count()).rejects.toThrow('worse')
  })
})

describe('mapError', () => {
  it('changes the error and nothing else', async () => {
    const told = flow
      .range(1, 9)
      .map(boom(2))
      .via(mapError<number>((error) => new Error('told', { cause: error })))

    await expect(told.count()).rejects.toMatchObject({ message: 'told', cause: { message: 'boom 2' } })
    await expect(
      flow
        .range(1, 9)
        .via(mapError<number>(() => 'no'))
        .map(boom(2))
        .count(),
    ).rejects.toThrow('boom 2')
    expect(
      await flow
        .range(1, 3)
        .via(mapError<number>(() => 'no'))
        .count(),
    ).toBe(3)
  })
})

describe('recoverWith', () => {
  it('goes on with another flow, after what was held', async () => {
    const seen = await flow
      .range(1, 9)
      .map(boom(4))
      .buffer(8)
      .recoverWith((error) => flow([(error as Error).message, 'x']).buffer(2))
      .toArray(9)

    expect(seen).toEqual([1, 2, 3, 'boom 4', 'x'])
  })

  it('replaces a replacement as often as it may, and then fails', async () => {
    let made = 0
    const again = (): ReturnType<typeof flow<number>> => {
      made++
      return flow.range(1, 9).map(boom(2))
    }
    const run = again()
      .recoverWith(again, { max: 3 })
      .to(() => {})
      .run()

    await expect(run.done).rejects.toThrow('boom 2')
    expect(made).toBe(4)
    expect(run.inspect().ledger).toMatchObject({ out: 4 })
    expect(run.inspect().balanced).toBe(true)
  })

  it('replaces ten thousand times in turn, and keeps nothing of those that are over', async () => {
    let made = 0
    const failing = flow([1]).concat(failed(new Error('again')))
    const run = failing
      .recoverWith(() => (made++, failing), { max: 10_000 })
      .to(() => {})
      .run()
    await expect(run.done).rejects.toThrow('again')

    expect(made).toBe(10_000)
    expect(run.inspect()).toMatchObject({ balanced: true, ledger: { in: 10_001, out: 10_001 } })
    expect(run.inspect().stages.length).toBeLessThan(40)
  })

  it('cancels and drains the flow that runs at the time', async () => {
    let closed = 0
    const endless = {
      *[Symbol.iterator]() {
        try {
          for (;;) yield 7
        } finally {
          closed++
        }
      },
    }
    const clock = new VirtualClock()
    for (const end of ['cancel', 'drain'] as const) {
      const run = flow
        .range(1, 2)
        .map(boom(2))
        .recoverWith(() => flow(endless))
        .to(later(clock, 10))
        .run({ clock })
      await clock.advance(100)
      void run[end]()
      await clock.advance(100)
      await run.done.catch(() => {})
      expect(run.inspect().state).toBe(end === 'drain' ? 'done' : 'cancelled')
    }
    expect(closed).toBe(2)
  })

  it('fails with what is wrong with the replacement', async () => {
    const failing = flow.range(1, 9).map(boom(2))

    await expect(failing.recoverWith((() => 7) as never).count()).rejects.toThrow(TypeError)
    await expect(failing.recoverWith(() => flow([1]).durable('d')).count()).rejects.toMatchObject({
      code: 'FOREBAY_NO_STORE',
    })
    await expect(failing.recoverWith(() => flow([1]).wiretap(() => {})).count()).rejects.toMatchObject({
      code: 'FOREBAY_UNSUPPORTED',
    })
  })
})

describe('idleTimeout', () => {
  it('fails when nothing comes although something is wanted', async () => {
    const clock = new VirtualClock()
    const run = flow([5, 5, 50])
      .mapAsync((ms) => later(clock, ms)(ms))
      .idleTimeout('20ms')
      .to(() => {})
      .run({ clock })
    const failed = expect(run.done).rejects.toMatchObject({ code: 'FOREBAY_TIMEOUT' })
    await clock.advance(29)
    expect(run.inspect().state).toBe('running')
    await clock.advance(2)
    await failed
    expect(clock.pending).toBe(1)
  })

  it('does not count time in which nothing was wanted', async () => {
    const clock = new VirtualClock()
    const run = flow.range(1, 5).idleTimeout(20).to(later(clock, 500)).run({ clock })
    await clock.advance(3000)

    expect(await run.done).toBe(5)
    expect(clock.pending).toBe(0)
  })
})

describe('backpressureTimeout', () => {
  it('fails when the consumer is stuck, not when the source is slow', async () => {
    const clock = new VirtualClock()
    const stuck = flow.range(1, 5).backpressureTimeout(20).to(later(clock, 500)).run({ clock })
    const slow = flow
      .range(1, 5)
      .mapAsync(later(clock, 500))
      .backpressureTimeout(20)
      .to(() => {})
      .run({ clock })
    const failed = expect(stuck.done).rejects.toMatchObject({ code: 'FOREBAY_TIMEOUT' })
    await clock.advance(5000)

    await failed
    expect(await slow.done).toBe(5)
  })
})

describe('through a pace', () => {
  it('spaces items by their cost, and says that it is the gate', async () => {
    const clock = new VirtualClock()
    const gate = rate({ limit: 100, per: '1s', burst: 1, clock, name: 'pace' })
    const at: number[] = []
    const run = flow([1, 2, 3, 1])
      .through(gate, { cost: (n) => n })
      .to(() => void at.push(clock.now()))
      .run({ clock })
    await clock.advance(1000)
    await run.done

    expect(at).toEqual([0, 10, 30, 60].map((ms) => expect.closeTo(ms, 5)))
    const { stages, gates } = run.inspect()
    const stage = stages.find(({ name }) => name === 'pace')
    expect(stage?.gatedMs).toBeGreaterThan(40)
    expect(stage?.gates).toEqual([gates[0]?.id])
  })

  it('asks upstream for one item when one is wanted, and returns the one that waits when it is cancelled', async () => {
    const clock = new VirtualClock()
    const gate = rate({ limit: 1, per: '1s', burst: 1, clock })
    let read = 0
    const source = {
      *[Symbol.iterator]() {
        for (;;) yield ++read
      },
    }
    const run = flow(source)
      .through(gate)
      .to(() => {})
      .run({ clock })
    await clock.advance(10)
    expect(read).toBe(2)
    run.cancel()
    await run.done.catch(() => {})

    expect(run.inspect()).toMatchObject({ balanced: true, ledger: { in: 2, out: 1, dropped: { cancelled: 1 } } })
    expect(gate.stats.waiting).toBe(0)
  })

  it('shares a gate with calls, and asks again when the line was full', async () => {
    const clock = new VirtualClock()
    const gate = rate({ limit: 10, per: '1s', burst: 1, clock, line: 0 })
    const run = flow
      .range(1, 5)
      .through(gate)
      .to(() => {})
      .run({ clock })
    await clock.advance(2000)

    expect(await run.done).toBe(5)
  })

  it('refuses gates whose permits end with the work', () => {
    const clock = new VirtualClock()
    const pace = rate({ limit: 10, clock })

    expect(() => flow([1]).through(limit(3, { clock }))).toThrow(/belongs into mapAsync/)
    expect(() => flow([1]).through(all([pace, limit(3, { clock })], { clock }))).toThrow(TypeError)
    expect(() => flow([1]).through(all([pace, rate({ limit: 5, clock })], { clock }))).not.toThrow()
    expect(() => flow([1]).through({} as never)).toThrow(TypeError)
  })
})
