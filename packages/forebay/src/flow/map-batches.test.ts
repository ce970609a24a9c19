import { describe, expect, it } from 'vitest'
import { VirtualClock } from '../testkit/virtual-clock.ts'
import { flow } from './sources.ts'

describe('mapBatches', () => {
  it('calls with several items and hands on one by one, in order', async () => {
    const sizes: number[] = []
    const clock = new VirtualClock()
    const run = flow
      .range(1, 10)
      .mapBatches(
        (items) => {
          sizes.push(items.length)
          return Promise.resolve(items.map((item) => item * 10))
        },
        { items: 4, within: '1s' },
      )
      .to((item) => out.push(item))
      .run({ clock })
    const out: number[] = []

    await clock.advance(1500)
    await run.done

    expect(out).toEqual([10, 20, 30, 40, 50, 60, 70, 80, 90, 100])
    expect(sizes).toEqual([4, 4, 2])
  })

  it('fails one item of a call and keeps the others', async () => {
    const out: number[] = []
    const lost: unknown[] = []
    const run = flow
      .range(1, 6)
      .mapBatches((items) => items.map((item) => (item === 3 ? new Error('poison') : item)), {
        items: 3,
        onError: 'dead-letter',
      })
      .to((item) => out.push(item))
      .run({ deadLetter: (value) => lost.push(value) })

    await run.done

    expect(out).toEqual([1, 2, 4, 5, 6])
    expect(lost).toEqual([3])
    expect(run.inspect().balanced).toBe(true)
  })

  it('stops the flow on an answer of the wrong length', async () => {
    const done = flow
      .range(1, 6)
      .mapBatches(() => [1], { items: 3 })
      .forEach(() => {})

    await expect(done).rejects.toThrow('expected 3 results')
  })
})
