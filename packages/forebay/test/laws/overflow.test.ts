import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { ttl } from '../../src/flow/ahead/ttl.ts'
import { firehose, type FirehoseOverflow } from '../../src/flow/firehose.ts'
import { memoryBudget } from '../../src/flow/memory/memory-budget.ts'
import { flow } from '../../src/flow/sources.ts'
import type { Overflow } from '../../src/kernel/overflow.ts'
import { seededRandom, type Random } from '../../src/kernel/random.ts'
import type { Run } from '../../src/kernel/run.ts'
import type { EdgeSnapshot } from '../../src/kernel/snapshot.ts'
import { world } from '../../src/testkit/world.ts'

const CAPACITY = 3

interface Held {
  readonly n: number
  readonly at: number
}

/** A full edge and the item that has come: what it holds then, and what it has lost. */
interface Meeting {
  readonly held: readonly Held[]
  readonly item: Held
  /** Items that met a full edge before. */
  readonly met: number
  readonly random: Random
}

const withoutAt = (held: readonly Held[], at: number): Held[] => held.filter((_, index) => index !== at)
const level = (n: number): number => n % 4
const key = (n: number): number => n % 5

/** What each policy leaves when an item meets a full edge, in as few words as the glossary has. */
const policies: Partial<Record<Overflow, (meeting: Meeting) => readonly Held[]>> = {
  'drop-oldest': ({ held, item }) => [...held.slice(1), item],
  'drop-newest': ({ held }) => held,
  'drop-youngest': ({ held, item }) => [...held.slice(0, -1), item],
  'drop-random': ({ held, item, random }) => [...withoutAt(held, Math.floor(random.next() * held.length)), item],
  'drop-lowest': ({ held, item }) => {
    const lowest = Math.max(...held.map(({ n }) => level(n)))
    if (lowest <= level(item.n)) return held
    const victim = held.findIndex(({ n }) => level(n) === lowest)
    return [...withoutAt(held, victim), item]
  },
  'drop-all': ({ item }) => [item],
  latest: ({ held, item }) => [...held.slice(1), item],
  sample: ({ held, item, met }) => (met % 2 === 0 ? [...held.slice(1), item] : held),
  reject: ({ held }) => held,
}

describe.each(Object.entries(policies))('overflow %s', (overflow, makeRoom) => {
  it.each([Infinity, 12])(
    'leaves, loses and counts what its words say, whatever comes and goes, with a ttl of %s ms',
    async (ms) => {
      const move = fc.constantFrom('send' as const, 'send' as const, 'take' as const, 2, 9)
      await fc.assert(
        fc.asyncProperty(fc.array(move, { minLength: 20, maxLength: 40 }), (moves) =>
          world(1, async (w) => {
            const source = w.source<number>()
            const sink = w.sink<number>()
            const dropped: [number, string][] = []
            const age = ms === Infinity ? {} : { ttl: ttl(ms) }
            const options = { ...age, items: CAPACITY, every: 2, level, key, overflow: overflow as Overflow }
            const run = w.run(
              source.flow.buffer({ ...options, name: 'edge', onDrop: (n, reason) => dropped.push([n, reason]) }),
              sink,
              { random: seededRandom(5) },
            )
            const random = seededRandom(5)
            random.next() // the name of the run
            let held: readonly Held[] = []
            let wanted = 0
            let met = 0
            const expected: number[] = []
            const lost: [number, string][] = []
            const arrive = (item: Held): void => {
              const twin = overflow === 'latest' ? held.findIndex(({ n }) => key(n) === key(item.n)) : -1
              const before = [...held, item]
              if (twin >= 0) held = held.with(twin, item)
              else if (held.length < CAPACITY) held = before
              else held = makeRoom({ held, item, met: met++, random })
              const reason = twin >= 0 ? 'replaced' : overflow
              for (const { n } of before.filter((one) => !held.includes(one))) lost.push([n, reason])
            }
            for (const [n, step] of moves.entries()) {
              if (step === 'send') {
                source.send(n)
                arrive({ n, at: w.clock.now() })
              } else if (step === 'take') {
                sink.request(1)
                wanted++
              }
              await w.advance(typeof step === 'number' ? step : 0)
              const expired = held.filter(({ at }) => w.clock.now() - at >= ms)
              held = held.filter((one) => !expired.includes(one))
              for (const { n: old } of expired.toSorted((a, b) => a.n - b.n)) lost.push([old, 'expired'])
              for (; wanted > 0 && held.length > 0; wanted--) {
                expected.push(held[0]?.n ?? -1)
                held = held.slice(1)
              }
              const oldest = Math.min(w.clock.now(), ...held.map(({ at }) => at))
              expect(edgeOf(run)).toMatchObject({ length: held.length, oldestMs: w.clock.now() - oldest })
            }
            await w.advance(0)

            expect(sink.received).toEqual(expected)
            expect(dropped).toEqual(lost)
            expect(edgeOf(run).dropped).toEqual(countBy(lost))
            expect(run.inspect()).toMatchObject({ balanced: true, ledger: { dropped: countBy(lost) } })
            sink.cancel()
          }),
        ),
        { numRuns: 60 },
      )
    },
  )

  it('holds a firehose to the same bound, and knows the age of what came within one turn', async () => {
    await world(1, async (w) => {
      const sink = w.sink<number>()
      let emit: ((n: number) => unknown) | undefined
      const ticks = firehose<number>((into) => void (emit = into))
      const run = w.run(
        ticks.buffer({ items: CAPACITY, every: 2, level, key, overflow: overflow as FirehoseOverflow, name: 'edge' }),
        sink,
        { accounting: false },
      )
      await w.advance(100)
      for (let n = 0; n < 3; n++) emit?.(n)
      await w.advance(7)

      expect(edgeOf(run)).toMatchObject({ length: 3, oldestMs: 7 })
      for (let n = 3; n < 20; n++) emit?.(n)
      expect(edgeOf(run).length).toBeLessThanOrEqual(CAPACITY)
      expect(run.inspect().balanced).toBe(true)
      sink.cancel()
    })
  })
})

describe('the age of the oldest item', () => {
  it.each([false, true])('is that of what came in a later turn, with accounting %s', async (accounting) => {
    await world(1, async (w) => {
      const source = w.source<number>()
      const sink = w.sink<number>()
      const run = w.run(source.flow.buffer({ items: 9, name: 'edge' }), sink, { accounting })
      await w.advance(50)
      source.send(1)
      await w.advance(20)
      source.send(2)
      await w.advance(3)

      expect(edgeOf(run).oldestMs).toBe(23)
      sink.request(1)
      await sink.expectNext(1)
      expect(edgeOf(run).oldestMs).toBe(3)
      sink.cancel()
    })
  })
})

describe('a buffer that gives up items for the memory of others', () => {
  it('knows the age of the oldest that is left, wherever the others stood', () =>
    world(1, async (w) => {
      const budget = memoryBudget(1000)
      let emit: ((level: number) => unknown) | undefined
      const hose = firehose<number>((into) => void (emit = into))
      const sink = w.sink<number>()
      const run = w.run(hose.buffer({ items: 9, overflow: 'drop-oldest', level: (n) => n, name: 'edge' }), sink, {
        memory: budget.share('patient', { level: 3, shed: true }),
        sizeOf: () => 200,
      })
      for (const level of [0, 3, 3, 3]) {
        emit?.(level)
        await w.advance(10)
      }
      const urgent = w.sink<number>()
      w.run(flow.range(1, 2).buffer(2), urgent, { memory: budget.share('urgent', { level: 0 }), sizeOf: () => 200 })
      await w.advance(1)

      const { dropped, oldestMs, length } = edgeOf(run)
      expect(length).toBeLessThan(4)
      expect(dropped['memory']).toBeGreaterThan(0)
      expect(oldestMs).toBe(41)
      sink.cancel()
      urgent.cancel()
    }))
})

function edgeOf(run: Run): EdgeSnapshot {
  return run.inspect().edges.find(({ name }) => name === 'edge') as EdgeSnapshot
}

function countBy(lost: readonly (readonly [number, string])[]): Record<string, number> {
  const counts: Record<string, number> = {}
  for (const [, reason] of lost) counts[reason] = (counts[reason] ?? 0) + 1
  return counts
}

describe('a function of an edge that throws', () => {
  it.each([
    ['sizeOf', { items: 2, bytes: 100, sizeOf: thrower }],
    ['key', { items: 2, overflow: 'latest' as const, key: thrower }],
    ['level', { items: 1, overflow: 'drop-lowest' as const, level: thrower }],
    ['onDrop', { items: 1, overflow: 'drop-oldest' as const, onDrop: thrower }],
  ])('fails the flow and leaves its ledger balanced: %s', async (_, options) => {
    const run = flow
      .range(1, 5)
      .buffer({ name: 'edge', ...options })
      .async()
      .to(() => new Promise((resolve) => setTimeout(resolve)))
      .run()

    await expect(run.done).rejects.toThrow('thrown')
    expect(run.inspect().balanced).toBe(true)
  })
})

function thrower(): never {
  throw new Error('thrown')
}
