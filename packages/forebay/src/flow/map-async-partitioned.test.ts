import { describe, expect, it } from 'vitest'
import { world } from '../testkit/world.ts'
import { mapAsyncPartitioned } from './map-async-partitioned.ts'
import { flow } from './sources.ts'

interface Order {
  readonly shop: string
  readonly n: number
}

const orders = (text: string): Order[] => text.split('').map((shop, n) => ({ shop, n }))

describe('mapAsyncPartitioned', () => {
  it('lets a partition that has much to do fill no more than its share of the slots', async () => {
    await world(1, async (w) => {
      const running: Record<string, number> = { h: 0, c: 0 }
      const most: Record<string, number> = { h: 0, c: 0 }
      const run = flow(orders('hhhhhhcchhhhcc'))
        .via(
          mapAsyncPartitioned(
            async ({ shop }: Order) => {
              running[shop] = (running[shop] ?? 0) + 1
              most[shop] = Math.max(most[shop] ?? 0, running[shop])
              await w.delay(5)
              running[shop]--
              return shop
            },
            { partition: ({ shop }) => shop, perPartition: 2, concurrency: 4 },
          ),
        )
        .to(() => {})
        .run({ clock: w.clock })
      await w.advance(200)
      await run.done
      expect(most).toEqual({ h: 2, c: 2 })
    })
  })

  it('works on others while a partition is stuck, as far as its waiting items leave room', async () => {
    await world(1, async (w) => {
      const started: string[] = []
      const run = flow(orders('hhhhcccc'))
        .via(
          mapAsyncPartitioned(
            ({ shop, n }: Order) => {
              started.push(`${shop}${n}`)
              return shop === 'h' ? new Promise<never>(() => {}) : w.delay(1, n)
            },
            { partition: ({ shop }) => shop, concurrency: 2, buffer: 8, order: 'completion' },
          ),
        )
        .to(() => {})
        .run({ clock: w.clock })
      await w.advance(50)
      expect(started).toEqual(['h0', 'c4', 'c5', 'c6', 'c7'])
      run.cancel('enough')
      await expect(run.done).rejects.toBeDefined()
      expect(run.inspect().balanced).toBe(true)
    })
  })

  it('keeps the order of its input by default, and that of a partition otherwise', async () => {
    for (const order of ['input', 'completion'] as const) {
      await world(1, async (w) => {
        const out: Order[] = []
        const run = flow(orders('abcabcabc'))
          .via(
            mapAsyncPartitioned((item: Order) => w.delay((item.n * 7) % 5, item), {
              partition: ({ shop }) => shop,
              concurrency: 3,
              order,
            }),
          )
          .to((item) => void out.push(item))
          .run({ clock: w.clock })
        await w.advance(200)
        await run.done
        const numbers = (shop: string): number[] => out.filter((item) => item.shop === shop).map(({ n }) => n)
        for (const shop of 'abc') expect(numbers(shop)).toEqual(numbers(shop).toSorted((a, b) => a - b))
        if (order === 'input') expect(out.map(({ n }) => n)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8])
        else expect(out).toHaveLength(9)
      })
    }
  })

  it('wants a share that there are slots for', () => {
    const options = { partition: () => 0, concurrency: 2, perPartition: 3 }
    expect(() => mapAsyncPartitioned(() => 0, options)).toThrow('perPartition: expected a whole number from 1 to 2')
    expect(() => mapAsyncPartitioned(() => 0, {} as never)).toThrow('partition: expected a function')
  })
})
