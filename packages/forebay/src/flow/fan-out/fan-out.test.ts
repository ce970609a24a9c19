import { describe, expect, it } from 'vitest'
import { VirtualClock } from '../../testkit/virtual-clock.ts'
import { flow } from '../sources.ts'
import { balance } from './balance.ts'
import { unzip } from './unzip.ts'

/** Work that takes `ms` on the clock. */
const taking = (clock: VirtualClock, ms: number) => () => new Promise<void>((done) => void clock.after(ms, done))

describe('balance', () => {
  it('gives a slow branch less and lets it hold nobody back', async () => {
    const clock = new VirtualClock()
    const run = balance(flow.range(1, 110), [
      (jobs) => jobs.to(taking(clock, 1)),
      (jobs) => jobs.to(taking(clock, 10)),
    ]).run({ clock })
    await clock.advance(102)

    expect(await run.done).toEqual([100, 10])
    expect(run.inspect().balanced).toBe(true)
  })

  it('is fair: branches that always want items get the same number', async () => {
    const run = balance(flow.range(1, 9000), [
      (items) => items.to(() => {}),
      (items) => items.buffer(64).to(() => {}),
      (items) => items.to(() => {}),
    ]).run()

    const counts = await run.done
    expect(counts.reduce((sum, count) => sum + count, 0)).toBe(9000)
    for (const count of counts) expect(count).toBeGreaterThan(1000)
  })

  it('shares out among those that are left when a branch has had enough', async () => {
    const [few, rest] = await balance(flow.range(1, 1000), [
      (items) => items.take(3).to(() => {}),
      (items) => items.to(() => {}),
    ]).run().done

    expect([few, rest]).toEqual([3, 997])
  })

  it('reads no further than the branches want', async () => {
    let read = 0
    const clock = new VirtualClock()
    const run = balance(
      flow.range(1, 1000).tap(() => read++),
      [(jobs) => jobs.to(taking(clock, 10)), (jobs) => jobs.to(taking(clock, 10))],
    ).run({ clock })
    await clock.advance(5)

    expect(read).toBe(2)
    run.cancel()
    await run.done.catch(() => {})
    expect(run.inspect()).toMatchObject({ balanced: true, ledger: { in: 2, out: 0 } })
  })

  it('says which option is wrong', () => {
    expect(() => balance(flow.range(1, 2), [])).toThrow('balance: expected at least one branch, got none')
    expect(() => balance(flow.range(1, 2), [(items) => items], { prefetch: 0 })).toThrow(
      'prefetch: expected a whole number from 1 to 65536, got 0',
    )
  })
})

describe('unzip', () => {
  it('gives each branch its part, in order', async () => {
    const numbers: number[] = []
    const texts: string[] = []
    const pairs = flow.range(1, 3).map((n): [number, string] => [n, `#${n}`])
    await unzip(pairs, [
      (part) => part.to((n) => void numbers.push(n)),
      (part) => part.to((text) => void texts.push(text)),
    ]).run().done

    expect([numbers, texts]).toEqual([
      [1, 2, 3],
      ['#1', '#2', '#3'],
    ])
  })

  it('fails with what it got instead of an array of that many parts', async () => {
    const short = flow([[1]] as unknown as [number, number][])
    const run = unzip(short, [(part) => part.to(() => {}), (part) => part.to(() => {})]).run()

    await expect(run.done).rejects.toThrow('unzip: expected an array with at least 2 parts, got an array')
    expect(run.inspect().balanced).toBe(true)
  })
})
