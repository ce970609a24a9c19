import { describe, expect, it } from 'vitest'
import { flow } from '../sources.ts'

function counted(): { items: Iterable<number>; read: () => number; closed: () => number } {
  let read = 0
  let closed = 0
  const items = {
    *[Symbol.iterator]() {
      try {
        for (;;) yield ++read
      } finally {
        closed++
      }
    },
  }
  return { items, read: () => read, closed: () => closed }
}

describe('for await over a flow', () => {
  it('asks for one item in each turn, and cancels when the loop is left', async () => {
    const source = counted()
    for await (const n of flow(source.items).map((item) => item * 10)) {
      expect(source.read()).toBe(n / 10)
      if (n === 50) break
    }
    expect([source.read(), source.closed()]).toEqual([5, 1])
  })

  it('runs nothing before the first call, and each loop is a run of its own', async () => {
    const source = counted()
    const items = flow(source.items).take(2)
    const iterator = items[Symbol.asyncIterator]()
    await new Promise((resolve) => setTimeout(resolve))
    expect(source.read()).toBe(0)
    await iterator.return?.()
    expect(await iterator.next()).toEqual({ done: true, value: undefined })

    for (let loop = 1; loop <= 2; loop++) {
      for await (const n of items) expect(n).toBeGreaterThan(0)
      expect(source.closed()).toBe(loop)
    }
  })

  it('throws what failed the flow once, after the items before it', async () => {
    const failing = flow.range(1, 3).map((n) => {
      if (n === 3) throw new Error('three')
      return n
    })
    const iterator = failing[Symbol.asyncIterator]()

    expect(await iterator.next()).toEqual({ done: false, value: 1 })
    expect(await iterator.next()).toEqual({ done: false, value: 2 })
    await expect(iterator.next()).rejects.toThrow('three')
    expect(await iterator.next()).toEqual({ done: true, value: undefined })
  })

  it('answers calls that do not wait for each other in order, and bounds their number', async () => {
    const iterator = flow.range(1, 5)[Symbol.asyncIterator]()
    const answers = await Promise.all(Array.from({ length: 7 }, () => iterator.next()))
    expect(answers.map(({ value }) => value)).toEqual([1, 2, 3, 4, 5, undefined, undefined])

    const stuck = flow([1])
      .mapAsync(() => new Promise<number>(() => {}))
      [Symbol.asyncIterator]()
    const calls = Array.from({ length: 1025 }, () => stuck.next())
    await expect(calls.at(-1)).rejects.toMatchObject({ code: 'FOREBAY_OVERFLOW' })
    const ended = Promise.all(calls.slice(0, -1))
    await stuck.return?.()
    expect((await ended).every(({ done }) => done)).toBe(true)
  })
})
