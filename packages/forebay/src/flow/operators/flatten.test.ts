import { describe, expect, it } from 'vitest'
import { seededRandom } from '../../kernel/random.ts'
import { flow } from '../sources.ts'
import { flatten, repeatEach } from './flatten.ts'
import { sampleEvery, sampleRandom } from './sampling.ts'

describe('flatten and repeatEach', () => {
  it('take what they need of an endless iterable and close it', async () => {
    let closed = 0
    const endless = (function* () {
      try {
        for (;;) yield undefined
      } finally {
        closed++
      }
    })()

    expect(await flow([endless]).via(flatten()).take(2).toArray(9)).toEqual([undefined, undefined])
    expect(closed).toBe(1)
    await expect(
      flow([7 as never])
        .via(flatten())
        .count(),
    ).rejects.toThrow('flatten: expected an iterable, got 7')
    await expect(
      flow([null as never])
        .via(flatten())
        .count(),
    ).rejects.toThrow('expected an iterable, got null')
  })

  it('repeat no more than is wanted, and every item as often', async () => {
    expect(await flow([null, 1]).via(repeatEach(2)).toArray(9)).toEqual([null, null, 1, 1])
    expect(await flow([1]).via(repeatEach(1_000_000)).take(3).toArray(9)).toEqual([1, 1, 1])
    for (const credit of [1, 2, 3]) {
      expect(await flow.range(1, 3).via(repeatEach(2)).buffer(credit).via(repeatEach(2)).count()).toBe(12)
    }
    expect(() => repeatEach(0)).toThrow('repeatEach: expected a whole number from 1')
  })
})

describe('samples', () => {
  it('count what they leave out, and say before the flow runs that they do', async () => {
    const program = flow
      .range(1, 10)
      .via(sampleEvery(4))
      .to(() => {})
    const run = program.run()

    expect(await run.done).toBe(3)
    expect(run.inspect()).toMatchObject({ balanced: true, ledger: { in: 10, out: 3, dropped: { sampled: 7 } } })
    expect(program.explain().losses).toEqual([{ part: 'sampleEvery', policy: '3 of 4 items' }])
    expect(await flow([undefined, 1]).via(sampleEvery(1)).toArray(9)).toEqual([undefined, 1])
  })

  it('choose by the chance of the run, so that a seed repeats the choice', async () => {
    const sample = flow.range(1, 1000).via(sampleRandom(25))
    const pick = (seed: number): Promise<number[]> => sample.toArray(1000, { random: seededRandom(seed) })
    const first = await pick(1)

    expect(await pick(1)).toEqual(first)
    expect(await pick(2)).not.toEqual(first)
    expect(first.length).toBeGreaterThan(200)
    expect(first.length).toBeLessThan(300)
    expect([await flow.range(1, 99).via(sampleRandom(100)).count(), await sample.via(sampleRandom(0)).count()]).toEqual(
      [99, 0],
    )
  })

  it('say what they need', () => {
    expect(() => sampleEvery(0)).toThrow('sampleEvery: expected a whole number from 1')
    for (const percent of [-1, 101, NaN]) {
      expect(() => sampleRandom(percent)).toThrow('sampleRandom percent: expected a number from 0 to 100')
    }
  })
})
