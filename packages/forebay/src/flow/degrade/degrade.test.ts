import { describe, expect, test } from 'vitest'
import { limit } from '../../gates/limit/limit.ts'
import type { Snapshot } from '../../kernel/snapshot.ts'
import { world, type World } from '../../testkit/world.ts'
import { flow } from '../sources.ts'
import { tick } from '../sources/tick.ts'
import { degrade, type DegradeOptions } from './degrade.ts'
import type { RungChange } from '../../kernel/rung-change.ts'

type Options = DegradeOptions<number, string>

const levels: Options['levels'] = [
  { name: 'full', fn: (item) => `full ${item}` },
  { name: 'sampled', fn: (item) => `sampled ${item}`, every: 4 },
  { name: 'summary', window: 10, summary: (items) => `${items.length} from ${items[0]}` },
  { name: 'cached', key: (item) => item % 3 },
]

interface Seen {
  readonly changes: RungChange[]
  readonly out: { readonly at: number; readonly value: string }[]
}

/** Items as fast as they are taken, with pressure that the test sets. */
async function under(
  w: World,
  pressure: (at: number) => number,
  forMs: number,
  options: Partial<Options> = {},
): Promise<Seen & { inspect: () => Snapshot; stop: () => void }> {
  const changes: RungChange[] = []
  const out: Seen['out'] = []
  const run = w.run(
    tick('1ms')
      .via(
        degrade({
          levels,
          hold: '100ms',
          pressure: () => pressure(w.clock.now()),
          onChange: (change) => changes.push(change),
          ...options,
        }),
      )
      .to((value) => void out.push({ at: w.clock.now(), value })),
  )
  await w.advance(forMs)
  return { changes, out, inspect: () => run.inspect(), stop: () => run.cancel() }
}

describe('degrade', () => {
  test('is the best rung while there is no pressure, and loses nothing', () =>
    world(1, async (w) => {
      const { changes, out, inspect } = await under(w, () => 0.5, 1000)
      expect(changes).toEqual([])
      expect(out.every(({ value }) => value.startsWith('full'))).toBe(true)
      expect(inspect().ledger.dropped).toEqual({})
      expect(inspect().stages.find(({ kind }) => kind === 'degrade')?.rung).toEqual({
        name: 'full',
        index: 0,
        of: 4,
        changes: 0,
      })
    }))

  test('goes down step by step, a hold on each rung, and comes back by itself', () =>
    world(2, async (w) => {
      const { changes, inspect } = await under(w, (at) => (at < 1000 ? 1 : 0), 3000)
      const steps = changes.map(({ from, to }) => `${from} ${to}`)
      expect(steps).toEqual([
        'full sampled',
        'sampled summary',
        'summary cached',
        'cached summary',
        'summary sampled',
        'sampled full',
      ])
      for (let i = 1; i < changes.length; i++) {
        expect((changes[i] as RungChange).at - (changes[i - 1] as RungChange).at).toBeGreaterThanOrEqual(100)
      }
      expect(inspect().stages.find(({ kind }) => kind === 'degrade')?.rung).toEqual({
        name: 'full',
        index: 0,
        of: 4,
        changes: 6,
      })
      expect(inspect().balanced).toBe(true)
    }))

  test('handles the first item after a change on the new rung', () =>
    world(3, async (w) => {
      const { changes, out } = await under(w, (at) => (at < 1000 ? 1 : 0), 3000)
      for (const { to, at } of changes) {
        const first = out.find((result) => result.at > at)?.value as string
        if (to === 'full' || to === 'sampled') expect(first).toMatch(new RegExp(`^${to}`))
        if (to === 'summary') expect(first).toMatch(/^10 from/)
      }
    }))

  test('counts every item that it leaves out, and accounts for the rest', () =>
    world(4, async (w) => {
      const { inspect } = await under(w, () => 1, 250)
      const { ledger, balanced } = inspect()
      // 100 in full, then one in four of 100, then summaries of ten.
      expect(ledger.dropped).toEqual({ degraded: 75 })
      expect(ledger.in).toBe(ledger.out + 75 + ledger.inFlight)
      expect(balanced).toBe(true)
    }))

  test('makes a summary of what its window has when the rung changes', () =>
    world(5, async (w) => {
      const { out } = await under(w, () => 1, 1000, {
        levels: [
          levels[0],
          { name: 'summary', window: 64, summary: (items) => `${items.length}` },
          levels[3],
        ] as Options['levels'],
      })
      const sizes = out.flatMap(({ value }) => (/^\d+$/.test(value) ? [Number(value)] : []))
      expect(sizes).toEqual([64, 36])
    }))

  test('answers with the last result for the key, and loses what it has none for', () =>
    world(6, async (w) => {
      const results: string[] = []
      let pressure = 0
      const arrive = async (item: number): Promise<number> => {
        await w.delay(item <= 2 ? 10 : 200)
        pressure = item <= 2 ? 0 : 1
        return item
      }
      const run = w.run(
        flow([1, 2, 3, 4, 5, 6, 7])
          .mapAsync(arrive)
          .via(
            degrade<number, string>({
              levels: [
                { name: 'full', fn: (item) => `full ${item}` },
                { name: 'cached', key: (item) => item % 4 },
              ],
              hold: '100ms',
              pressure: () => pressure,
            }),
          )
          .to((value) => void results.push(value)),
      )
      await run.done
      expect(results).toEqual(['full 1', 'full 2', 'full 3', 'full 1', 'full 2', 'full 3'])
      expect(run.inspect().ledger.dropped).toEqual({ degraded: 1 })
    }))

  test('never flaps under load that comes and goes, however fast', () =>
    world(7, async (w) => {
      for (const period of [7, 20, 90]) {
        const { changes, stop } = await under(w, (at) => (at % period < period / 2 ? 1 : 0), 2000)
        stop()
        expect(changes, `${period} ms`).toEqual([])
      }
      for (const period of [200, 500, 1700]) {
        const { changes, stop } = await under(w, (at) => (at % period < period / 2 ? 1 : 0), 4000)
        stop()
        expect(changes.length, `${period} ms`).toBeLessThanOrEqual(40)
        for (let i = 1; i < changes.length; i++) {
          expect((changes[i] as RungChange).at - (changes[i - 1] as RungChange).at).toBeGreaterThanOrEqual(100)
        }
      }
    }))

  test('sees by itself that downstream is too slow, and finds the rung that it bears', () =>
    world(8, async (w) => {
      const out: string[] = []
      const run = w.run(
        tick('1ms')
          .buffer(16)
          .via(degrade({ levels: levels.slice(0, 2), hold: '100ms' }))
          .to((value) => {
            out.push(value)
            return w.delay(w.clock.now() < 5000 ? 3 : 0.1)
          }),
      )
      await w.advance(5000)
      const stage = run.inspect().stages.find(({ kind }) => kind === 'degrade')
      expect(out.filter((value) => value.startsWith('sampled')).length).toBeGreaterThan(500)
      expect(stage?.rung?.changes).toBeLessThan(15)
      await w.advance(5000)
      expect(run.inspect().stages.find(({ kind }) => kind === 'degrade')?.rung?.name).toBe('full')
    }))

  test('an hour without items is no hour without pressure', () =>
    world(9, async (w) => {
      const changes: RungChange[] = []
      const items = flow([0, 3_600_000, ...Array.from({ length: 100 }, () => 0)]).mapAsync((ms) => w.delay(ms, ms))
      const run = w.run(
        items
          .via(degrade({ levels: levels.slice(0, 2), hold: '100ms', onChange: (change) => changes.push(change) }))
          .to(() => w.delay(10)),
      )
      await run.done
      expect(changes[0]?.to).toBe('sampled')
      expect(changes[0]?.at).toBeLessThan(3_600_000 + 300)
    }))

  test('reads the pressure of a gate', () =>
    world(10, async (w) => {
      const gate = limit(2, { clock: w.clock })
      const names: string[] = []
      const run = w.run(
        tick('1ms')
          .via(
            degrade({ levels: levels.slice(0, 2), hold: '50ms', pressure: gate, onChange: ({ to }) => names.push(to) }),
          )
          .to(() => {}),
      )
      await w.advance(200)
      expect(names).toEqual([])
      const permits = [await gate.acquire(), await gate.acquire()]
      await w.advance(200)
      expect(names).toEqual(['sampled'])
      for (const permit of permits) permit.release('ok')
      await w.advance(200)
      expect(names).toEqual(['sampled', 'full'])
      run.cancel()
    }))

  test('fails with what a rung, the pressure or the hook throws, and keeps its account', () =>
    world(11, async (w) => {
      const boom = (): never => {
        throw new Error('boom')
      }
      const cases: Partial<Options>[] = [
        { levels: [{ name: 'full', fn: boom }, levels[1]] as Options['levels'] },
        { pressure: boom },
        { onChange: boom, pressure: () => 1 },
        { pressure: () => 2 },
        { pressure: () => 1, levels: [levels[0], { name: 'summary', window: 5, summary: boom }] as Options['levels'] },
        { pressure: () => 1, levels: [levels[0], { name: 'cached', key: boom }] as Options['levels'] },
      ]
      for (const options of cases) {
        const { inspect } = await under(w, () => 0, 500, options)
        expect(inspect().state).toBe('failed')
        expect(inspect().balanced).toBe(true)
      }
    }))

  test('checks its options', () => {
    const make = (options: Partial<Options>) => () => degrade({ levels, ...options })
    expect(make({ levels: levels.slice(1, 2) })).toThrow('levels: expected 2 to 16 rungs, got 1')
    expect(make({ down: 0.2, up: 0.2 })).toThrow('up: expected less than down (0.2), got 0.2')
    expect(make({ down: 2 })).toThrow('down: expected a number from 0 to 1, got 2')
    expect(make({ hold: 0 })).toThrow('hold: expected a time above 0 ms, got 0')
    expect(make({ pressure: 'upstream' as 'downstream' })).toThrow(
      "pressure: expected 'downstream', a gate or a function",
    )
    expect(make({ levels: [levels[0], { name: '', fn: String }] as Options['levels'] })).toThrow('level name')
    expect(make({ levels: [levels[0], { name: 'x', fn: String, every: 0 }] as Options['levels'] })).toThrow('x every')
    expect(make({ levels: [levels[0], { name: 'x', window: 0, summary: String }] as Options['levels'] })).toThrow(
      'x window',
    )
    expect(make({ levels: [levels[0], { name: 'x', key: String, max: 0 }] as Options['levels'] })).toThrow('x max')
  })
})
