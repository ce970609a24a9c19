import { describe, expect, it } from 'vitest'
import { world } from '../../testkit/world.ts'
import type { Flow } from '../flow.ts'
import { flow } from '../sources.ts'
import { prefetch } from './prefetch.ts'

const MAX = 64
const ITEMS = 2000

interface Setting {
  /** How long the n-th item takes to come once it has been asked for, ms. */
  readonly latency: (n: number) => number
  /** How long downstream works on the n-th item, ms. */
  readonly work: (n: number) => number
  /** Items that upstream works on at once. */
  readonly atOnce?: number
  readonly items?: number
}

interface Played {
  readonly ms: number
  /** Items that had come and were not done, on average. */
  readonly held: number
  readonly windows: readonly number[]
}

/** An upstream that answers each credit after a while, and a downstream that works on one item at a time. */
function play(
  piece: (flow: Flow<number>) => Flow<number>,
  { latency, work, atOnce = MAX, items = ITEMS }: Setting,
): Promise<Played> {
  return world(1, async (w) => {
    const source = w.source<number>()
    let done = 0
    const run = w.run(
      piece(source.flow).to((n) => {
        const ms = work(n)
        return ms === 0 ? void done++ : w.delay(ms).then(() => void done++)
      }),
    )
    let sent = 0
    let inWork = 0
    let ready = 0
    const wanted = (): number => source.demand - (sent - source.sent)
    let heldMs = 0
    const windows: number[] = []
    while (done < items) {
      for (; inWork < atOnce && inWork + ready < wanted() && sent + ready + inWork < items; inWork++) {
        void w.delay(latency(sent)).then(() => {
          inWork--
          ready++
          return undefined
        })
      }
      await w.advance(0.5)
      for (; ready > 0 && wanted() > 0; ready--) source.send(sent++)
      expect(source.sent - done + source.demand).toBeLessThanOrEqual(MAX + 1) // one is in work
      heldMs += (source.sent - done) / 2
      const { window } = run.inspect().stages.find(({ kind }) => kind === 'prefetch') ?? {}
      if (window !== undefined) windows.push(window)
    }
    const ms = w.clock.now()
    source.complete()
    await run.done
    return { ms, held: heldMs / ms, windows }
  })
}

const full = (flow: Flow<number>): Flow<number> => flow.buffer(MAX)
/** 0 to 1, as good as by chance. */
const spread = (n: number): number => ((n * 7919) % 101) / 100

describe('prefetch', () => {
  it.each<[string, Setting]>([
    ['an upstream that is far away', { latency: () => 20, work: () => 1 }],
    ['an upstream that is near', { latency: () => 2, work: () => 1 }],
    ['a latency that varies', { latency: (n) => 10 + spread(n) * 20, work: () => 1 }],
    ['a latency that rises', { latency: (n) => (n < ITEMS / 2 ? 8 : 30), work: () => 1 }],
    ['work that varies', { latency: () => 20, work: (n) => 0.5 + spread(n) }],
    ['a slow downstream', { latency: () => 20, work: () => 4, items: 500 }],
  ])('is as fast as a full window, within a tenth, and holds less: %s', async (_, setting) => {
    const [some, all] = [await play(prefetch({ max: MAX }), setting), await play(full, setting)]

    expect(some.ms).toBeLessThan(all.ms * 1.1)
    expect(some.held).toBeLessThan(all.held / 2)
    expect(Math.max(...some.windows)).toBeLessThanOrEqual(MAX)
  })

  it('does not grow where more credit brings no more items', async () => {
    const setting = { latency: () => 5, work: () => 0, atOnce: 1, items: 400 }
    const [some, all] = [await play(prefetch({ max: MAX }), setting), await play(full, setting)]

    expect(some.ms).toBeLessThan(all.ms * 1.1)
    expect(some.windows.toSorted((a, b) => a - b)[some.windows.length >> 1]).toBeLessThanOrEqual(4)
  })

  it('says its bound before it runs and its window while it does', () =>
    world(1, async (w) => {
      const program = flow
        .range(1, 9)
        .via(prefetch({ max: 5 }))
        .to(() => w.delay(1))
      expect(program.explain().parts).toMatchObject([{ name: 'prefetch(5)', items: 5 }, { kind: 'sink' }])
      const run = w.run(program)
      expect(run.inspect().stages.find(({ kind }) => kind === 'prefetch')).toMatchObject({ window: 2 })
      await run.done
    }))

  it('checks its options', () => {
    expect(() => prefetch({ max: 0 })).toThrow(/max: expected a whole number from 1/)
  })
})
