import { describe, expect, it } from 'vitest'
import { flow } from './sources.ts'

describe('a flow', () => {
  it('fuses synchronous operators and folds them', async () => {
    const sum = await flow
      .range(1, 10)
      .map((n) => n * 2)
      .filter((n) => n % 4)
      .reduce((total, n) => total + n, 0)

    expect(sum).toBe(50)
  })

  it('runs the classic example: buffer, map, asynchronous boundary, for each', async () => {
    const seen: number[] = []

    const count = await flow
      .range(1, 1000)
      .buffer(10, 'backpressure')
      .map((n) => n * 2)
      .async()
      .forEach((n) => seen.push(n))

    expect(count).toBe(1000)
    expect(seen).toEqual(Array.from({ length: 1000 }, (_, index) => (index + 1) * 2))
  })

  it('hands on what an edge holds before it fails', async () => {
    const seen: number[] = []
    const failing = flow
      .range(1, 10)
      .map((n) => {
        if (n === 5) throw new Error('five')
        return n
      })
      .buffer(8)
      .forEach((n) => seen.push(n))

    await expect(failing).rejects.toThrow('five')
    expect(seen).toEqual([1, 2, 3, 4])
  })

  it('keeps input order while work overlaps, and balances its ledger', async () => {
    const run = flow
      .range(1, 100)
      .mapAsync((n) => new Promise<number>((resolve) => setTimeout(() => resolve(n))), { concurrency: 8 })
      .batch({ items: 7 })
      .to(() => {})
      .run()

    await run.done

    const { ledger, balanced } = run.inspect()
    expect(ledger).toMatchObject({ in: 100, out: 100, inFlight: 0, dropped: {} })
    expect(balanced).toBe(true)
  })
})
