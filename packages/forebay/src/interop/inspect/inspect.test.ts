import { concatMap, Subject } from 'rxjs'
import { describe, expect, it } from 'vitest'
import { verdict } from '../../kernel/verdict/verdict.ts'
import { VirtualClock } from '../../testkit/virtual-clock.ts'
import { inspectObservables } from './inspect-observables.ts'
import { inspectWebStreams } from './inspect-web-streams.ts'

const wait = (clock: VirtualClock, ms: number): Promise<void> =>
  new Promise((resolve) => void clock.after(ms, () => resolve()))

/** A chain in which each part takes so many ms for an item. */
function chain(clock: VirtualClock, ms: { read: number; parse: number; enrich: number; store: number }, items = 1e6) {
  const seen = inspectWebStreams({ name: 'import', clock })
  const stored: number[] = []
  let n = 0
  const step = (name: 'parse' | 'enrich'): TransformStream<number, number> =>
    new TransformStream(
      seen.watch(name, {
        transform: async (item: number, controller: TransformStreamDefaultController<number>) => {
          await wait(clock, ms[name])
          controller.enqueue(item)
        },
      }),
    )
  const source = new ReadableStream<number>(
    seen.watch('read', {
      pull: async (controller: ReadableStreamDefaultController<number>) => {
        await wait(clock, ms.read)
        if (++n > items) controller.close()
        else controller.enqueue(n)
      },
    }),
  )
  const done = source
    .pipeThrough(step('parse'))
    .pipeThrough(step('enrich'))
    .pipeTo(
      new WritableStream(
        seen.watch('store', {
          write: async (item: number) => {
            await wait(clock, ms.store)
            stored.push(item)
          },
        }),
      ),
    )
  return { seen, stored, done }
}

describe('a chain of web streams that is watched', () => {
  it('has its slow part named, whichever it is', async () => {
    const quick = { read: 1, parse: 1, enrich: 1, store: 1 }
    for (const slow of ['parse', 'enrich', 'store'] as const) {
      const clock = new VirtualClock()
      const { seen } = chain(clock, { ...quick, [slow]: 20 })
      await clock.advance(200)
      const before = seen.inspect()
      await clock.advance(2000)
      const found = verdict(before, seen.inspect())
      expect(found).toMatchObject({ kind: 'bottleneck', flow: 'import' })
      expect(found.sentence).toContain(slow)
      expect(found.evidence.busy).toBeGreaterThan(0.9)
    }
    const clock = new VirtualClock()
    const { seen } = chain(clock, { ...quick, read: 20 })
    await clock.advance(200)
    const before = seen.inspect()
    await clock.advance(2000)
    expect(verdict(before, seen.inspect()).kind).toBe('input')
  })

  it('does what it does without, errors and the end as well', async () => {
    const clock = new VirtualClock()
    const { stored, done, seen } = chain(clock, { read: 1, parse: 1, enrich: 1, store: 1 }, 5)
    await clock.advance(100)
    await done
    expect(stored).toEqual([1, 2, 3, 4, 5])
    expect(seen.inspect().ledger).toMatchObject({ in: 5, out: 5 })
    let now = 0
    const busy = inspectWebStreams({ clock: { now: () => now, wall: () => now } as never })
    const heavy = new WritableStream(busy.watch('heavy', { write: () => void (now += 7) }))
    await heavy.getWriter().write(1)
    expect(busy.inspect().stages[0]).toMatchObject({ cpuMs: 7, busyMs: 7 })
    const torn = new WritableStream(
      inspectWebStreams().watch('sink', {
        write: () => {
          throw new Error('torn')
        },
      }),
    )
    await expect(torn.getWriter().write(1)).rejects.toThrow('torn')
    expect(() => inspectWebStreams().watch('x', 7 as never)).toThrow(TypeError)
  })
})

describe('observables that are watched', () => {
  it('show the backlog of concatMap as it grows, and the verdict names what is behind it', async () => {
    const clock = new VirtualClock()
    const seen = inspectObservables({ name: 'orders', clock })
    const orders = new Subject<number>()
    const saved: number[] = []
    const subscription = orders
      .pipe(
        seen.probe('orders'),
        concatMap(async (order) => {
          await wait(clock, 50)
          return order
        }),
        seen.probe('saved'),
      )
      .subscribe((order) => saved.push(order))
    const lengths: number[] = []
    let before = seen.inspect()
    for (let second = 0; second < 3; second++) {
      before = seen.inspect()
      for (let i = 0; i < 100; i++) {
        orders.next(i)
        await clock.advance(10)
      }
      lengths.push(seen.inspect().edges[0]?.length ?? 0)
    }
    expect(lengths[0]).toBeGreaterThan(50)
    expect(lengths[1]).toBeGreaterThan((lengths[0] as number) + 50)
    expect(lengths[2]).toBeGreaterThan((lengths[1] as number) + 50)
    expect(saved.slice(0, 3)).toEqual([0, 1, 2])
    const found = verdict(before, seen.inspect())
    expect(found.kind).toBe('bottleneck')
    expect(found.sentence).toContain('saved')
    subscription.unsubscribe()
    expect(orders.observed).toBe(false)
  })

  it('pass everything on as it was, to every kind of observer', () => {
    const seen = inspectObservables()
    const source = new Subject<number>()
    const watched = seen.probe('numbers')(source)
    const got: unknown[] = []
    watched.subscribe((n) => got.push(n))
    watched.subscribe({ next: (n) => got.push(n * 10), complete: () => got.push('complete') })
    source.next(1)
    source.complete()
    expect(got).toEqual([1, 10, 'complete'])
    expect(seen.inspect().ledger.in).toBe(2)
    expect(() => seen.probe('x')(7 as never)).toThrow(TypeError)
  })
})
