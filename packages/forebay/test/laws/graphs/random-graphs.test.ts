import { describe, expect, it } from 'vitest'
import type { Flow } from '../../../src/flow/flow.ts'
import { seededRandom } from '../../../src/kernel/random.ts'
import type { Run } from '../../../src/kernel/run.ts'
import { world, type World } from '../../../src/testkit/world.ts'
import { thieves } from '../mutants/thieves.ts'
import { randomGraph, type RandomGraph } from './random-graph.ts'

const CHUNKS = 15
const EACH = 30

/** Looks at a run now and then: no edge holds more than it may, and all of them not more than was said before. */
function watch(run: Run<unknown>, { program }: RandomGraph): void {
  const { edges, stages, balanced } = run.inspect()
  for (const { name, length, capacity } of edges) {
    if (length > capacity) throw new Error(`${name} holds ${length} of ${capacity}`)
  }
  const held =
    edges.reduce((sum, { length }) => sum + length, 0) + stages.reduce((sum, stage) => sum + stage.inFlight, 0)
  const { worstItems } = program.explain()
  if (held > worstItems + stages.length) throw new Error(`all parts together hold ${held} of ${worstItems}`)
  if (!balanced) throw new Error('the accounts do not balance while it runs')
}

/** Runs one graph to its end, and says what is wrong with it. */
async function play(seed: number, spoil?: (items: Flow<number>) => Flow<number>): Promise<void> {
  const body = async (w: World): Promise<void> => {
    const random = seededRandom(seed)
    const made = randomGraph(w, random, spoil)
    const run = w.run(made.program)
    let isOver = false
    run.done.finally(() => (isOver = true)).catch(() => {})
    const look = (): void => {
      if (isOver) return
      watch(run, made)
      w.clock.after(1 + random.next() * 3, look)
    }
    look()
    await run.done
    const { ledger, balanced } = run.inspect()
    const dropped = Object.values(ledger.dropped).reduce((sum, count) => sum + count, 0)
    expect({ balanced, in: ledger.in, inFlight: ledger.inFlight }).toEqual({
      balanced: true,
      in: made.records,
      inFlight: 0,
    })
    expect(ledger.out + dropped).toBe(made.records)
    if (!made.isLossy) expect(dropped).toBe(0)
    for (const [name, expected] of made.expected) {
      const received = made.received.get(name)
      if (!made.isLossy) expect(received, name).toEqual(expected)
      for (const [n, times] of received ?? []) expect(times, `${name}: ${n}`).toBeLessThanOrEqual(expected.get(n) ?? 0)
    }
  }
  await world(seed, body, { within: 5000 })
}

describe('a graph made by chance', () => {
  it.each(Array.from({ length: CHUNKS }, (_, chunk) => chunk * EACH))(
    'keeps every item, holds no more than it may, and ends: seeds from %i',
    async (from) => {
      for (let seed = from; seed < from + EACH; seed++) {
        await play(seed).catch((error: unknown) => {
          throw new Error(`seed ${seed}`, { cause: error })
        })
      }
    },
  )

  it.each(Array.from({ length: 5 }, (_, chunk) => 1000 + chunk * EACH))(
    'balances when it is cancelled, drained or fails at any time: seeds from %i',
    async (from) => {
      for (let seed = from; seed < from + EACH; seed++) {
        await world(seed, async (w) => {
          const random = seededRandom(seed)
          let left = Math.floor(random.next() * 30)
          const failing = (items: Flow<number>): Flow<number> =>
            items.map((n) => {
              if (left-- === 0) throw new Error('by chance')
              return n
            })
          const run = w.run(randomGraph(w, random, seed % 3 === 0 ? failing : undefined).program)
          const end = run.done.catch(() => {})
          w.clock.after(random.next() * 20, () => {
            if (seed % 3 === 1) run.cancel()
            else if (seed % 3 === 2) void run.drain()
          })
          await end
          await w.advance(20) // work that was in flight has seen its signal
          const { ledger, balanced, state } = run.inspect()
          expect({ seed, balanced, inFlight: ledger.inFlight }).toEqual({ seed, balanced: true, inFlight: 0 })
          if (seed % 3 === 2) expect(state).toBe('done')
        })
      }
    },
  )

  it.each([
    'loses an item without a word',
    'sends an item twice',
    'swallows completion',
    'ends an account too early',
    'filters out an item that it should keep',
  ] as const)('is found out when a component of it %s', async (fault) => {
    const spoil = (items: Flow<number>): Flow<number> => items.via(thieves[fault]())
    let found = 0
    for (let seed = 0; seed < 10; seed++) {
      await play(seed, spoil).catch(() => {
        found++
      })
    }

    expect(found).toBeGreaterThan(0)
  })
})
