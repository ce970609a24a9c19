import { describe, expect, it } from 'vitest'
import { flow } from '../sources.ts'
import { endWith, intersperse, startWith } from './added.ts'

describe('startWith, endWith and intersperse', () => {
  it('add items of another type, undefined included', async () => {
    const started: (number | undefined)[] = await flow([1]).via(startWith<number, undefined>(undefined)).toArray(9)
    const ended: (number | string)[] = await flow([1]).via(endWith<number, string>('a', 'b')).toArray(9)
    const parted: (number | null)[] = await flow([1, 2]).via(intersperse<number, null>(null)).toArray(9)

    expect([started, ended, parted]).toEqual([
      [undefined, 1],
      [1, 'a', 'b'],
      [1, null, 2],
    ])
  })

  it('surround a flow without items', async () => {
    const none = flow<number>([])

    expect(await none.via(startWith(1)).via(endWith(2)).toArray(9)).toEqual([1, 2])
    expect(await none.via(intersperse(0)).toArray(9)).toEqual([])
    expect(await none.via(intersperse<number, unknown>(0, { start: undefined, end: 2 })).toArray(9)).toEqual([
      undefined,
      2,
    ])
  })

  it('can follow each other, with every amount of credit', async () => {
    const text = flow(['a', 'b', 'c'])
      .via(intersperse(',', { start: '[', end: ']' }))
      .via(startWith('<'))
      .via(endWith('>'))
      .via(intersperse(' '))

    for (const credit of [1, 2, 3, 5]) {
      const parts = await text.buffer(credit).toArray(99)
      expect(parts.join('')).toBe('< [ a , b , c ] >')
    }
    expect((await text.toArray(99)).join('')).toBe('< [ a , b , c ] >')
  })

  it('need no items behind the ones that downstream takes', async () => {
    const endless = flow({
      *[Symbol.iterator]() {
        for (let n = 1; ; n++) yield n
      },
    })

    expect(await endless.via(startWith(-1)).via(intersperse(0)).take(4).toArray(9)).toEqual([-1, 0, 1, 0])
    expect(
      await flow([1])
        .via(endWith(2, 3, 4))
        .take(2)
        .toArray(9),
    ).toEqual([1, 2])
  })

  it('keep the ledger of records when an added item fails below, with the item that it stands before', async () => {
    const run = flow([1, 2])
      .via(intersperse(0))
      .tap((n) => {
        if (n === 0) throw new Error('zero')
      })
      .to(() => {})
      .run()

    await expect(run.done).rejects.toThrow('zero')
    expect(run.inspect()).toMatchObject({
      balanced: true,
      ledger: { in: 2, out: 1, dropped: { cancelled: 1 }, inFlight: 0 },
    })
  })
})
