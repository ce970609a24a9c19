import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Context } from '../../src/kernel/context.ts'
import { operator } from '../../src/kernel/operator.ts'
import type { EdgeSnapshot } from '../../src/kernel/snapshot.ts'
import { world } from '../../src/testkit/world.ts'

const ITEMS = 40

/** Every item from `first` on travels with a context that names it. */
const naming = (first: number) =>
  operator<number, number>('naming', { cardinality: 'one' }, (down) => ({
    push: (n) => down.push(n, n < first ? undefined : { key: `${n}` }),
  }))

const noting = (noted: (Context | undefined)[]) =>
  operator<number, number>('noting', { cardinality: 'one' }, (down) => ({
    push: (n, context) => {
      noted.push(context)
      down.push(n, context)
    },
  }))

describe('an edge that only counts', () => {
  it('hands on every item once, in order, with its own context, and never promises more than fits', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.record({ send: fc.nat(ITEMS), request: fc.nat(ITEMS) }), { maxLength: 12 }),
        fc.nat(100),
        (moves, first) =>
          world(1, async (w) => {
            const source = w.source<number>()
            const sink = w.sink<number>()
            const noted: (Context | undefined)[] = []
            const run = w.run(source.flow.via(naming(first)).buffer(ITEMS).via(noting(noted)), sink)
            let sent = 0
            let wanted = 0
            for (const { send, request } of moves) {
              const count = Math.min(send, source.demand)
              source.send(...Array.from({ length: count }, (_, i) => sent + i))
              sent += count
              sink.request(request)
              wanted += request
              await w.advance(0)

              const out = Math.min(sent, wanted)
              expect(sink.received).toEqual(Array.from({ length: out }, (_, n) => n))
              expect(noted.map((context) => context?.key)).toEqual(
                sink.received.map((n) => (n < first ? undefined : `${n}`)),
              )
              const edge = run.inspect().edges.find(({ capacity }) => capacity === ITEMS) as EdgeSnapshot
              expect(edge).toMatchObject({
                put: sent,
                taken: out,
                length: sent - out,
                dropped: {},
                credit: source.demand,
              })
              expect(edge.length + edge.credit).toBeLessThanOrEqual(ITEMS)
              expect(edge.length + edge.credit).toBeGreaterThan((ITEMS * 3) / 4)
            }
            sink.cancel()
            await w.advance(0)
            const left = sent - Math.min(sent, wanted)
            expect(sink.discarded).toEqual(left === 0 ? {} : { cancelled: left })
            expect(run.inspect().balanced).toBe(true)
          }),
      ),
    )
  })

  it('knows how long its oldest item has been there', async () => {
    await world(1, async (w) => {
      const source = w.source<number>()
      const sink = w.sink<number>()
      const run = w.run(source.flow.buffer(ITEMS), sink)
      const oldest = (): number | undefined => run.inspect().edges[0]?.oldestMs
      expect(oldest()).toBe(0)

      source.send(1)
      await w.advance(30)
      source.send(2, 3)
      await w.advance(12)
      expect(oldest()).toBe(42)
      sink.request(1)
      await sink.expectNext(1)
      expect(oldest()).toBe(12)
      sink.request(2)
      await sink.expectNext(2, 3)
      expect(oldest()).toBe(0)
      sink.cancel()
    })
  })

  it('asks for more once a quarter of it is free, also when its items are taken one at a time', async () => {
    await world(1, async (w) => {
      const source = w.source<number>()
      const run = w.run(source.flow.buffer(8).to(() => new Promise<void>((done) => void w.clock.after(10, done))))

      source.send(0, 1, 2, 3, 4, 5, 6, 7, 8) // the first one is in work
      await w.advance(15)
      expect(source.demand).toBe(0)
      await w.advance(10)
      expect(source.demand).toBe(2)
      source.complete()
      await w.advance(100)
      expect(await run.done).toBe(9)
    })
  })
})
