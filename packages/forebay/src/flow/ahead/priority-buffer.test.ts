import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { operator } from '../../kernel/operator.ts'
import type { Level } from '../../kernel/gate.ts'
import { world } from '../../testkit/world.ts'
import { priorityBuffer } from './priority-buffer.ts'

const level = (n: number): number => n % 4
const ITEMS = 4

/** Where the item stands that goes next: the smallest level, the oldest of these. */
const first = (held: readonly number[]): number =>
  held.findIndex((n) => held.every((other) => level(n) <= level(other)))

describe('priorityBuffer', () => {
  it.each(['backpressure', 'drop-lowest'] as const)(
    'hands on the most important first, the oldest of a level, and with %s loses what its words say',
    async (overflow) => {
      await fc.assert(
        fc.asyncProperty(fc.array(fc.constantFrom('send', 'send', 'take'), { minLength: 10, maxLength: 60 }), (moves) =>
          world(1, async (w) => {
            const source = w.source<number>()
            const sink = w.sink<number>()
            const run = w.run(source.flow.via(priorityBuffer({ items: ITEMS, level, overflow })), sink)
            let held: number[] = []
            let wanted = 0
            const expected: number[] = []
            let dropped = 0
            for (const [at, move] of moves.entries()) {
              const n = (at * 7) % 61
              if (move === 'take') {
                sink.request(1)
                wanted++
              } else if (overflow === 'drop-lowest' || source.demand > 0) {
                source.send(n)
                held.push(n)
              }
              await w.advance(0)
              if (held.length > ITEMS) {
                const lowest = Math.max(...held.map(level))
                const isArriving = level(n) === lowest
                held = held.toSpliced(isArriving ? held.length - 1 : held.findIndex((one) => level(one) === lowest), 1)
                dropped++
              }
              for (; wanted > 0 && held.length > 0; wanted--) expected.push(...held.splice(first(held), 1))
              expect(run.inspect().ledger.inFlight).toBe(held.length)
              if (overflow === 'backpressure') expect(source.demand).toBe(ITEMS - held.length)
            }
            expect(sink.received).toEqual(expected)
            expect(sink.discarded).toEqual(dropped === 0 ? {} : { 'drop-lowest': dropped })
            expect(run.inspect().balanced).toBe(true)
            sink.cancel()
          }),
        ),
        { numRuns: 60 },
      )
    },
  )

  it('lets no level starve that has a share, and gives away what a level does not use', () =>
    world(1, async (w) => {
      const source = w.source<number>()
      const sink = w.sink<number>()
      w.run(source.flow.via(priorityBuffer({ items: 200, level, weights: [8, 4, 2, 1] })), sink)
      await source.expectDemand(200)
      source.send(...Array.from({ length: 200 }, (_, n) => n))
      const counts = async (items: number): Promise<number[]> => {
        sink.request(items)
        const taken = (await sink.expectCount(items)).map(level)
        return [0, 1, 2, 3].map((one) => taken.filter((n) => n === one).length)
      }
      expect(await counts(15)).toEqual([8, 4, 2, 1])
      expect(await counts(75)).toEqual([40, 20, 10, 5])
      // The 50 of level 0 are soon gone; the others go on in their proportions.
      await counts(5)
      expect(await counts(14)).toEqual([0, 8, 4, 2])
      sink.cancel()
    }))

  it('takes the level of the context where none is given, and 1 where there is none', () =>
    world(1, async (w) => {
      const source = w.source<number>()
      const sink = w.sink<number>()
      const marking = operator<number, number>('marking', { cardinality: 'one' }, (down) => ({
        push: (n) => down.push(n, n === 9 ? undefined : { level: n as Level }),
      }))
      w.run(source.flow.via(marking).via(priorityBuffer<number>({ items: 10 })), sink)
      await source.expectDemand(10)
      source.send(3, 2, 9, 0, 1)
      sink.request(5)
      await sink.expectNext(0, 9, 1, 2, 3)
      sink.cancel()
    }))

  it.each([-1, 4, 0.5, Number.NaN])('fails for a level of %s, after what it holds', (wrong) =>
    world(1, async (w) => {
      const source = w.source<number>()
      const sink = w.sink<number>()
      const run = w.run(source.flow.via(priorityBuffer({ items: 3, level: (n) => (n === 2 ? wrong : 0) })), sink)
      await source.expectDemand(3)
      source.send(1, 2)
      sink.request(3)
      await sink.expectNext(1)
      expect(await sink.expectFailure()).toBeInstanceOf(RangeError)
      expect(run.inspect()).toMatchObject({ balanced: true, ledger: { out: 1, dropped: { failed: 1 } } })
    }),
  )

  it('checks its options', () => {
    expect(() => priorityBuffer({ items: 0 })).toThrow(/items: expected a whole number from 1/)
    expect(() => priorityBuffer({ items: 1, weights: [1, 2] })).toThrow(/weights: expected a list of 4 numbers/)
    expect(() => priorityBuffer({ items: 1, weights: [1, 2, 3, 0] })).toThrow(/weights: expected a whole number from 1/)
    expect(() => priorityBuffer({ items: 1, overflow: 'sample' as never })).toThrow(/overflow: expected one of/)
    expect(() => priorityBuffer({ items: 1, level: 1 as never })).toThrow(TypeError)
  })
})
