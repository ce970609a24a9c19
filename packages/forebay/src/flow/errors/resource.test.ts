import { describe, expect, it } from 'vitest'
import { world, type World } from '../../testkit/world.ts'
import { flow } from '../sources.ts'
import { failed, never } from '../sources/constant.ts'
import { mapWithResource } from './map-with-resource.ts'
import { using } from './using.ts'

/** A resource that writes down what becomes of it. */
function logged(
  w: World,
  openMs: number,
): { calls: string[]; open: (s: AbortSignal) => Promise<string>; close: (r: string) => Promise<void> } {
  const calls: string[] = []
  let opened = 0
  return {
    calls,
    open: (signal) => {
      const name = `r${++opened}`
      calls.push(`open ${name}`)
      signal.addEventListener('abort', () => calls.push(`told ${name}`))
      return w.delay(openMs, name)
    },
    close: (name) => {
      calls.push(`close ${name}`)
      return w.delay(2)
    },
  }
}

const refuse = (): never => {
  throw new Error('refused')
}

describe('using', () => {
  it('opens a resource for each run, when an item is wanted, and closes it before the end is told', async () => {
    await world(1, async (w) => {
      const { calls, open, close } = logged(w, 3)
      const source = using({ open, close, use: (name) => flow([`${name} a`, `${name} b`]) })
      for (const name of ['r1', 'r2']) {
        calls.length = 0
        const sink = w.sink<string>()
        w.run(source, sink)
        await sink.expectNothing(5)
        expect(calls).toEqual([])
        sink.request(2)
        await sink.expectNext(`${name} a`, `${name} b`)
        expect(calls).toEqual([`open ${name}`, `close ${name}`])
        const before = w.clock.now()
        await sink.expectComplete()
        expect(w.clock.now() - before).toBe(2)
      }
    })
  })

  it('closes once when the flow over the resource fails, or cannot be made, and keeps that error', async () => {
    await world(1, async (w) => {
      for (const use of [() => failed<number>(new Error('torn')), refuse]) {
        let closed = 0
        const close = (): void => {
          closed++
          throw new Error('close')
        }
        const sink = w.sink<number>()
        w.run(using({ open: () => 0, use, close }), sink)
        sink.request(1)
        expect(await sink.expectFailure()).toMatchObject({ message: use === refuse ? 'refused' : 'torn' })
        expect(closed).toBe(1)
      }
    })
  })

  it('fails with an error of open, and of close', async () => {
    const use = (): ReturnType<typeof flow<number>> => flow([1])
    await expect(using({ open: refuse, use, close: () => {} }).count()).rejects.toThrow('refused')
    await expect(using({ open: () => Promise.reject(new Error('late')), use, close: refuse }).count()).rejects.toThrow(
      'late',
    )
    await expect(using({ open: () => 0, use, close: refuse }).count()).rejects.toThrow('refused')
    await expect(using({ open: () => 0, use, close: () => Promise.reject(new Error('late')) }).count()).rejects.toThrow(
      'late',
    )
  })

  it('ends when the run drains: before it is open, while it is being opened, and after', async () => {
    for (const [at, calls] of [
      [0, []],
      [1, ['open r1', 'close r1']],
      [9, ['open r1', 'close r1']],
    ] as const) {
      await world(1, async (w) => {
        const resource = logged(w, 3)
        const sink = w.sink<number>()
        const run = w.run(using({ ...resource, use: () => never<number>() }), sink)
        if (at > 0) sink.request(1)
        await w.advance(at)
        void run.drain()
        await sink.expectComplete()
        expect(resource.calls).toEqual(calls)
      })
    }
  })

  it('is cancelled while it is being opened and has its resource closed after that, once', async () => {
    await world(1, async (w) => {
      const resource = logged(w, 5)
      const sink = w.sink<number>()
      const run = w.run(using({ ...resource, use: () => flow([1]) }), sink)
      sink.request(1)
      await w.advance(1)
      run.cancel()
      expect(resource.calls).toEqual(['open r1', 'told r1'])
      await w.advance(50)
      expect(resource.calls).toEqual(['open r1', 'told r1', 'close r1'])
    })
  })

  it('says what it needs', () => {
    const use = (): ReturnType<typeof flow<number>> => flow([1])
    expect(() => using({ open: 1 as never, use, close: refuse })).toThrow('using open: expected a function, got 1')
    expect(() => using({ open: refuse, use: 1 as never, close: refuse })).toThrow(
      'using use: expected a function, got 1',
    )
    expect(() => using({ open: refuse, use, close: 1 as never })).toThrow('using close: expected a function, got 1')
  })
})

describe('mapWithResource', () => {
  it('opens nothing for a flow without items, and closes behind the last result', async () => {
    await world(1, async (w) => {
      const { calls, ...resource } = logged(w, 3)
      const map = (name: string, n: number): Promise<string> => w.delay(1, `${name} ${n}`)
      expect(
        await flow<number>([])
          .via(mapWithResource({ ...resource, map }))
          .toArray(9, { clock: w.clock }),
      ).toEqual([])
      expect(calls).toEqual([])
      const sink = w.sink<string>()
      w.run(flow([1, 2]).via(mapWithResource({ ...resource, map })), sink)
      sink.request(1)
      await sink.expectNext('r1 1')
      await sink.expectNothing(20)
      expect(calls).toEqual(['open r1'])
      sink.request(1)
      await sink.expectNext('r1 2')
      expect(calls).toEqual(['open r1', 'close r1'])
      await sink.expectComplete()
    })
  })

  it('does not close the resource under a call that is out', async () => {
    await world(1, async (w) => {
      const { calls, ...resource } = logged(w, 1)
      const map = (_: string, n: number): Promise<number> => w.delay(5, n)
      const sink = w.sink<number>()
      const run = w.run(flow([1, 2]).via(mapWithResource({ ...resource, map })), sink)
      sink.request(2)
      await w.advance(3)
      run.cancel()
      expect(calls).toEqual(['open r1', 'told r1'])
      expect(run.inspect()).toMatchObject({ balanced: true, ledger: { dropped: { cancelled: 1 } } })
      await w.advance(50)
      expect(calls).toEqual(['open r1', 'told r1', 'close r1'])
    })
  })

  it('fails with an error of its functions, also behind the end of the input, and closes what was opened', async () => {
    const ok = { open: () => 0, map: (_: number, n: number) => n, close: () => {} }
    const late = (): Promise<never> => Promise.reject(new Error('refused'))
    for (const broken of [refuse, late]) {
      for (const name of ['open', 'map', 'close'] as const) {
        let closed = 0
        const close = (): unknown => {
          closed++
          return name === 'close' ? broken() : undefined
        }
        const options = { ...ok, [name]: broken, close }
        const run = flow([1])
          .via(mapWithResource(options))
          .to(() => {})
          .run()
        await expect(run.done).rejects.toThrow('refused')
        expect(closed).toBe(name === 'open' ? 0 : 1)
        expect(run.inspect()).toMatchObject({ balanced: true, ledger: { inFlight: 0 } })
      }
    }
  })

  it('hands on results that are undefined or null', async () => {
    const options = { open: () => 0, map: (_: number, n: number) => (n === 1 ? undefined : null), close: () => {} }
    expect(await flow([1, 2]).via(mapWithResource(options)).toArray(9)).toEqual([undefined, null])
  })

  it('says what it needs', () => {
    const options = { open: refuse, map: refuse, close: refuse }
    for (const name of ['open', 'map', 'close'] as const) {
      const message = `mapWithResource ${name}: expected a function, got 1`
      expect(() => mapWithResource({ ...options, [name]: 1 as never })).toThrow(message)
    }
  })
})
