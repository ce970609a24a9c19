import { describe, expect, it } from 'vitest'
import { flow } from '../sources.ts'
import { elementAt, every, find, findIndex, includes, isEmpty, some } from './deciding.ts'
import { defaultIfEmpty, single, throwIfEmpty } from './presence.ts'

const endless = flow({
  *[Symbol.iterator]() {
    for (let n = 1; ; n++) yield n
  },
})

describe('answers', () => {
  it('mean what the array methods of their names mean', async () => {
    for (const items of [[], [1], [2], [1, 2, 3], [2, 4]]) {
      const isEven = (n: number): boolean => n % 2 === 0
      const source = flow(items)

      expect(await source.via(every(isEven)).first()).toBe(items.every(isEven))
      expect(await source.via(some(isEven)).first()).toBe(items.some(isEven))
      expect(await source.via(findIndex(isEven)).first()).toBe(items.findIndex(isEven))
      expect(await source.via(includes(3)).first()).toBe(items.includes(3))
      expect(await source.via(isEmpty()).first()).toBe(items.length === 0)
      expect(await source.via(find(isEven)).toArray(1)).toEqual(items.filter(isEven).slice(0, 1))
      expect(await source.via(elementAt(1)).toArray(1)).toEqual(items.slice(1, 2))
    }
  })

  it('come from an endless source as soon as they are known', async () => {
    expect(await endless.via(every((n) => n < 9)).toArray(2)).toEqual([false])
    expect(await endless.via(some((n) => n > 9)).toArray(2)).toEqual([true])
    expect(await endless.via(find((n) => n > 9)).toArray(2)).toEqual([10])
    expect(await endless.via(elementAt(0)).toArray(2)).toEqual([1])
    expect(await endless.via(isEmpty()).toArray(2)).toEqual([false])
  })

  it('tell undefined from nothing', async () => {
    expect(
      await flow([undefined])
        .via(find(() => true))
        .toArray(2),
    ).toEqual([undefined])
    expect(await flow([null, undefined]).via(elementAt(1)).toArray(2)).toEqual([undefined])
    expect(await flow([NaN, -0]).via(includes(NaN)).first()).toBe(true)
    expect(await flow([-0]).via(includes(0)).first()).toBe(true)
    expect(await flow([undefined]).via(includes<undefined | null>(null)).first()).toBe(false)
  })

  it('narrow the type of what is found', async () => {
    const found: string = await flow<string | number>([1, 'a'])
      .via(find((value) => typeof value === 'string'))
      .first()

    expect(found).toBe('a')
  })

  it('fail in the item that cannot be judged', async () => {
    const fails = (): never => {
      throw new Error('thrown')
    }
    for (const piece of [find<number>(fails), findIndex<number>(fails), every<number>(fails), some<number>(fails)]) {
      const run = flow([1])
        .via<unknown>(piece)
        .to(() => {})
        .run()
      await expect(run.done).rejects.toThrow('thrown')
      expect(run.inspect()).toMatchObject({ balanced: true, ledger: { in: 1, out: 0, dropped: { failed: 1 } } })
    }
  })

  it('say what they need', () => {
    for (const make of [find, findIndex, every, some]) {
      expect(() => (make as (test: unknown) => unknown)(1)).toThrow(/^\w+: expected a function, got 1/)
    }
    expect(() => elementAt(-1)).toThrow('elementAt: expected a whole number from 0')
  })
})

describe('a flow without items', () => {
  const none = flow<number>([])

  it('can have a default, which may be undefined', async () => {
    expect(await none.via(defaultIfEmpty<number, undefined>(undefined)).toArray(9)).toEqual([undefined])
    expect(await flow([1]).via(defaultIfEmpty(2)).toArray(9)).toEqual([1])
  })

  it('can be a failure, without any demand', async () => {
    await expect(none.via(throwIfEmpty()).count()).rejects.toMatchObject({ code: 'FOREBAY_EMPTY' })
    await expect(none.via(throwIfEmpty(() => new Error('own'))).count()).rejects.toThrow('own')
    const throwing = throwIfEmpty<number>(() => {
      throw new Error('in making it')
    })
    await expect(none.via(throwing).count()).rejects.toThrow('in making it')
    expect(await flow([undefined]).via(throwIfEmpty()).count()).toBe(1)
    expect(() => throwIfEmpty(1 as never)).toThrow('throwIfEmpty: expected a function, got 1')
  })
})

describe('single', () => {
  it('gives the only item, and only when it is known to be', async () => {
    const seen: unknown[] = []

    expect(await flow([undefined]).via(single()).toArray(9)).toEqual([undefined])
    await expect(flow([]).via(single()).count()).rejects.toMatchObject({ code: 'FOREBAY_EMPTY' })
    await expect(endless.via(single()).forEach((n) => seen.push(n))).rejects.toMatchObject({ code: 'FOREBAY_OVERFLOW' })
    expect(seen).toEqual([])
  })
})
