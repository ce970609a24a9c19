import { describe, expect, it, vi } from 'vitest'
import { world } from '../../testkit/world.ts'
import { flow } from '../sources.ts'
import { failed, never } from './constant.ts'
import { lazy } from './lazy.ts'
import { queueSource } from './queue-source.ts'
import { tick } from './tick.ts'
import { fromPromise, unfoldAsync } from './unfold-async.ts'
import { unfoldResource } from './unfold-resource.ts'
import { cycle, iterate, repeat, unfold } from './unfold.ts'

const fails = (): never => {
  throw new Error('thrown')
}
/** A promise, and the way to settle it. */
function pending<T>(): { promise: Promise<T>; resolve: (value: T) => void; reject: (error: unknown) => void } {
  let settle!: { resolve: (value: T) => void; reject: (error: unknown) => void }
  const promise = new Promise<T>((resolve, reject) => {
    settle = { resolve, reject }
  })
  return { promise, ...settle }
}

describe('items made by functions', () => {
  it('start anew in every run, and may be undefined', async () => {
    const count = unfold(0, (n) => (n < 3 ? [undefined, n + 1] : undefined))

    for (let run = 0; run < 2; run++) {
      expect(await count.toArray(9)).toEqual([undefined, undefined, undefined])
      expect(
        await iterate(1, (n) => n * 2)
          .take(4)
          .toArray(9),
      ).toEqual([1, 2, 4, 8])
      expect(await repeat(null).take(2).toArray(9)).toEqual([null, null])
      expect(await cycle(['a', 'b']).take(3).toArray(9)).toEqual(['a', 'b', 'a'])
    }
  })

  it('go round with a new iterable each time, and close the last one', async () => {
    let closed = 0
    const rounds = cycle(function* () {
      try {
        yield* [1, 2]
      } finally {
        closed++
      }
    })

    expect(await rounds.take(3).toArray(9)).toEqual([1, 2, 1])
    expect(closed).toBe(2)
  })

  it('fail instead of going round for ever without an item', async () => {
    await expect(cycle([]).count()).rejects.toMatchObject({ code: 'FOREBAY_EMPTY' })
    const once = [1].values()
    await expect(cycle(once).count()).rejects.toMatchObject({ code: 'FOREBAY_EMPTY' })
  })

  it('fail with an error of their functions', async () => {
    for (const source of [unfold(1, fails), unfoldAsync(1, fails), fromPromise(fails), lazy(fails), cycle(fails)]) {
      await expect(source.count()).rejects.toThrow('thrown')
    }
    await expect(iterate(1, fails).toArray(9)).rejects.toThrow('thrown')
    await expect(failed(undefined).count()).rejects.toBeUndefined()
  })

  it('say what they need', () => {
    expect(() => unfold(1, 1 as never)).toThrow('unfold: expected a function, got 1')
    expect(() => iterate(1, 1 as never)).toThrow('iterate: expected a function, got 1')
    expect(() => cycle(1 as never)).toThrow('cycle: expected an iterable or a function that makes one, got 1')
    expect(() => unfoldAsync(1, 1 as never)).toThrow('unfoldAsync: expected a function, got 1')
    expect(() => fromPromise(1 as never)).toThrow('fromPromise: expected a function, got 1')
    expect(() => lazy(1 as never)).toThrow('lazy: expected a function, got 1')
  })
})

describe('a source that never ends by itself', () => {
  it('ends when the run is drained', async () => {
    const run = never<number>()
      .to(() => {})
      .run()
    await run.drain()

    expect(await run.done).toBe(0)
  })
})

describe('fromPromise', () => {
  it('calls a function once for each run, and hands a plain result on in the same turn', async () => {
    let calls = 0
    const source = fromPromise(() => ++calls)

    expect([await source.toArray(9), await source.toArray(9)]).toEqual([[1], [2]])
    expect(await fromPromise(Promise.resolve(undefined)).toArray(9)).toEqual([undefined])
    await expect(fromPromise(Promise.reject(new Error('no'))).count()).rejects.toThrow('no')
  })
})

describe('lazy', () => {
  it('makes the flow only when an item is wanted', async () => {
    await world(1, async (w) => {
      const make = vi.fn(() => flow.range(1, 3))
      const sink = w.sink<number>()
      w.run(lazy(make), sink)
      await w.advance(1)
      expect(make).not.toHaveBeenCalled()
      sink.request(1)
      await sink.expectNext(1)
      expect(make).toHaveBeenCalledOnce()
    })
  })

  it('refuses what is no flow, and one with side branches', async () => {
    await expect(lazy(() => 7 as never).count()).rejects.toThrow('lazy: expected a flow, got 7')
    const sided = lazy(() => flow([1]).wiretap(() => {}))
    await expect(sided.count()).rejects.toMatchObject({ code: 'FOREBAY_UNSUPPORTED' })
  })
})

describe('unfoldResource', () => {
  it('closes once a resource that was still being opened when the flow was cancelled, and reads nothing from it', async () => {
    await world(1, async (w) => {
      const opening = pending<string>()
      const read = vi.fn(() => ({ value: 1 }))
      const close = vi.fn()
      const sink = w.sink<number>()
      const run = w.run(unfoldResource({ open: () => opening.promise, read, close }), sink)
      sink.request(1)
      await w.advance(0)
      run.cancel()
      await w.advance(0)
      expect(close).not.toHaveBeenCalled()
      opening.resolve('late')
      await w.advance(0)

      expect(close.mock.calls).toEqual([['late']])
      expect(read).not.toHaveBeenCalled()
    })
  })

  it('tells a read that is out, and closes after it', async () => {
    await world(1, async (w) => {
      const reading = pending<{ value: number }>()
      const close = vi.fn()
      let told: AbortSignal | undefined
      const sink = w.sink<number>()
      const source = unfoldResource({
        open: () => 'resource',
        read: (_, signal) => {
          told = signal
          return reading.promise
        },
        close,
      })
      w.run(source, sink)
      sink.request(1)
      await w.advance(0)
      sink.cancel('enough')
      await w.advance(0)
      expect([told?.aborted, close.mock.calls]).toEqual([true, []])
      reading.reject(new Error('aborted'))
      await w.advance(0)

      expect(close).toHaveBeenCalledOnce()
    })
  })

  it.each(['open', 'read', 'close'] as const)('fails with an error of %s, closing what was opened', async (name) => {
    for (const fail of [fails, () => Promise.reject(new Error('thrown'))]) {
      const close = vi.fn()
      let reads = 0
      const source = unfoldResource<number, number>({
        open: () => 0,
        read: () => (reads++ < 2 ? { value: reads } : undefined),
        close,
        ...(name !== 'close' && { [name]: fail }),
        ...(name === 'close' && { close: () => (close(), fail()) }),
      })

      await expect(source.count()).rejects.toThrow('thrown')
      expect(close).toHaveBeenCalledTimes(name === 'open' ? 0 : 1)
    }
  })

  it('hands on what was asked for when the run is drained, and opens nothing that nobody wants', async () => {
    await world(1, async (w) => {
      const reading = pending<{ value: number }>()
      const close = vi.fn()
      const run = w.run(unfoldResource({ open: () => 0, read: () => reading.promise, close }).to(() => {}))
      await w.advance(0)
      const drained = run.drain()
      reading.resolve({ value: 1 })
      await drained

      expect(await run.done).toBe(1)
      expect(close).toHaveBeenCalledOnce()
    })
    const open = vi.fn(() => 0)
    await world(1, async (w) => {
      w.run(unfoldResource({ open, read: () => undefined, close: () => {} }), w.sink()).cancel()
      await w.advance(0)
    })
    expect(open).not.toHaveBeenCalled()
  })
})

describe('tick', () => {
  it('keeps its time when turns are late, and sends no tick later', async () => {
    await world(1, async (w) => {
      const sink = w.sink<number>()
      const run = w.run(tick(10), sink)
      sink.request(1)
      await sink.expectNext(0)
      expect(w.clock.now()).toBe(10)
      await w.advance(55)
      sink.request(2)
      await sink.expectNext(6)
      expect(w.clock.now()).toBe(70)
      await sink.expectNext(7)

      expect(run.inspect()).toMatchObject({ balanced: true, ledger: { in: 8, out: 3, dropped: { missed: 5 } } })
    })
  })

  it('has no timer while nothing is wanted', async () => {
    await world(1, async (w) => {
      const sink = w.sink<number>()
      w.run(tick('10ms', { initial: 0 }), sink)
      sink.request(1)
      await sink.expectNext(0)
      await w.advance(0)

      expect(w.clock.nextAt).toBeUndefined()
    })
  })

  it('says what it needs', () => {
    expect(() => tick(0)).toThrow('tick: expected an interval above 0 ms')
    expect(() => tick(-1)).toThrow('tick: expected milliseconds')
    expect(() => tick(1, { initial: NaN })).toThrow('initial: expected milliseconds')
  })
})

describe('queueSource', () => {
  it('is fed before it runs, and accounts for what was dropped then', async () => {
    const queue = queueSource<number>({ items: 2, overflow: 'drop-oldest' })
    for (const n of [1, 2, 3]) expect(queue.offer(n)).toBe('accepted')
    queue.complete()
    const seen: number[] = []
    const run = queue.flow.to((n) => void seen.push(n)).run()
    await run.done

    expect(seen).toEqual([2, 3])
    expect(run.inspect()).toMatchObject({ balanced: true, ledger: { in: 3, out: 2, dropped: { 'drop-oldest': 1 } } })
    await expect(queue.flow.count()).rejects.toMatchObject({ code: 'FOREBAY_ALREADY_RUN' })
  })

  it('says what became of every item under every policy', () => {
    const offers = (overflow: 'drop-newest' | 'drop-all' | 'fail' | 'backpressure'): string[] => {
      const queue = queueSource<number>({ items: 1, overflow })
      return [queue.offer(1), queue.offer(2), queue.offer(3), String(queue.length)]
    }

    expect(offers('backpressure')).toEqual(['accepted', 'full', 'full', '1'])
    expect(offers('drop-newest')).toEqual(['accepted', 'dropped', 'dropped', '1'])
    expect(offers('drop-all')).toEqual(['accepted', 'accepted', 'accepted', '1'])
    expect(offers('fail')).toEqual(['accepted', 'dropped', 'closed', '1'])
  })

  it('lets as many calls wait as it says, in order, and lets no offer pass them', async () => {
    await world(1, async (w) => {
      const queue = queueSource<number>({ items: 1, waiting: 2 })
      const sink = w.sink<number>()
      w.run(queue.flow, sink)
      const puts = [1, 2, 3, 4].map((n) => queue.put(n))
      expect([puts[0], puts[3]]).toEqual(['accepted', 'full'])
      sink.request(1)
      await sink.expectNext(1)
      expect(await puts[1]).toBe('accepted')
      expect(queue.offer(9)).toBe('full')
      sink.request(2)
      await sink.expectNext(2, 3)
      expect(await puts[2]).toBe('accepted')
    })
  })

  it('answers every call that waits when the flow is over, and forgets one that is aborted', async () => {
    await world(1, async (w) => {
      const queue = queueSource<number>({ items: 1 })
      const abort = new AbortController()
      const sink = w.sink<number>()
      const run = w.run(queue.flow, sink)
      const taken = [queue.put(1), queue.put(2, { signal: abort.signal }), queue.put(3)]
      const aborted = expect(taken[1]).rejects.toThrow('not now')
      abort.abort(new Error('not now'))
      await aborted
      run.cancel()

      expect(await taken[2]).toBe('closed')
      expect(queue.put(4)).toBe('closed')
      await expect(queue.put(5, { signal: abort.signal })).rejects.toThrow('not now')
      expect(run.inspect()).toMatchObject({ balanced: true, ledger: { in: 1, dropped: { cancelled: 1 } } })
    })
  })

  it('drains what it holds before it fails or completes', async () => {
    await world(1, async (w) => {
      const queue = queueSource<number>({ items: 2 })
      const sink = w.sink<number>()
      w.run(queue.flow, sink)
      queue.offer(1)
      queue.fail(new Error('torn'))
      queue.complete()
      await w.advance(0)
      expect(sink.received).toEqual([])
      sink.request(1)
      await sink.expectNext(1)

      expect(await sink.expectFailure()).toMatchObject({ message: 'torn' })
    })
  })

  it('says what it needs', () => {
    expect(() => queueSource({ items: 0 })).toThrow('items: expected a whole number from 1')
    expect(() => queueSource({ items: 1, overflow: 'spill' as never })).toThrow(
      'overflow: expected one of backpressure',
    )
    expect(() => queueSource({ items: 1, waiting: -1 })).toThrow('waiting: expected a whole number from 0')
  })
})
