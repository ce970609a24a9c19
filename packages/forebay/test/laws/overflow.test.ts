import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { flow } from '../../src/flow/sources.ts'
import type { Overflow } from '../../src/kernel/overflow.ts'
import { world } from '../../src/testkit/world.ts'

const CAPACITY = 3

/** What each policy leaves of `held` when `item` meets a full edge, in as few words as the glossary has. */
const policies: Partial<Record<Overflow, (held: number[], item: number, full: number) => number[]>> = {
  'drop-oldest': ([, ...rest], item) => [...rest, item],
  'drop-newest': (held) => held,
  'drop-youngest': (held, item) => [...held.slice(0, -1), item],
  'drop-all': (_, item) => [item],
  reject: (held) => held,
  sample: ([oldest = 0, ...rest], item, full) => (full % 2 === 0 ? [...rest, item] : [oldest, ...rest]),
  'drop-lowest': (held, item) => {
    const largest = Math.max(...held.map((n) => n % 4))
    if (largest <= item % 4) return held
    const victim = held.findIndex((n) => n % 4 === largest)
    return [...held.slice(0, victim), ...held.slice(victim + 1), item]
  },
}

describe.each(Object.entries(policies))('overflow %s', (overflow, makeRoom) => {
  it('leaves what its words say, whatever comes and goes', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.boolean(), { maxLength: 40 }), (moves) =>
        world(1, async (w) => {
          const source = w.source<number>()
          const sink = w.sink<number>()
          w.run(
            source.flow.buffer({
              items: CAPACITY,
              overflow: overflow as Overflow,
              every: 2,
              level: (n: number) => n % 4,
            }),
            sink,
          )
          let held: number[] = []
          let wanted = 0
          let full = 0
          const expected: number[] = []
          for (const [item, isSent] of moves.entries()) {
            if (isSent) {
              source.send(item)
              held = held.length < CAPACITY ? [...held, item] : makeRoom(held, item, full++)
            } else {
              sink.request(1)
              wanted++
            }
            while (wanted > 0 && held.length > 0) {
              expected.push(held.shift() as number)
              wanted--
            }
          }
          await w.advance(0)

          expect(sink.received).toEqual(expected)
        }),
      ),
      { numRuns: 60 },
    )
  })
})

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
      .to(() => new Promise((resolve) => setImmediate(resolve)))
      .run()

    await expect(run.done).rejects.toThrow('thrown')
    expect(run.inspect().balanced).toBe(true)
  })
})

function thrower(): never {
  throw new Error('thrown')
}
