import { describe, expect, it } from 'vitest'
import { gate } from './gate.ts'
import { limit } from './gates/limit/limit.ts'
import { VirtualClock } from './testkit/virtual-clock.ts'

describe('call.map', () => {
  it('works on the items of a source in their order, within the gate, and pulls no more than has room', async () => {
    const clock = new VirtualClock()
    let pulled = 0
    let running = 0
    let most = 0
    function* source(): Generator<number> {
      while (true) yield ++pulled
    }
    const call = gate({ concurrency: 4, rate: '100/s', clock })
    const squares = call
      .map(source(), async (n) => {
        most = Math.max(most, ++running)
        await new Promise<void>((resolve) => void clock.after(50 + (n % 3) * 10, resolve))
        running--
        return n * n
      })
      .take(20)
      .toArray(20, { clock })

    await clock.advance(100)
    expect(pulled).toBeLessThanOrEqual(4 + 4 + 1)
    await clock.advance(2000)

    expect(await squares).toEqual(Array.from({ length: 20 }, (_, i) => (i + 1) ** 2))
    expect(most).toBe(4)
    expect(call.gate.stats.inUse).toBe(0)
  })

  it('starts no more than the rate allows when that is all there is', async () => {
    const clock = new VirtualClock()
    const startedAt: number[] = []
    const call = gate({ rate: { limit: 10, burst: 1 }, clock })
    const done = call.map([1, 2, 3, 4], () => startedAt.push(Math.round(clock.now()))).toArray(4, { clock })
    await clock.advance(1000)
    await done
    expect(startedAt).toEqual([0, 100, 200, 300])
  })

  it('tries again as the calls of the door do, out of the same budget', async () => {
    const clock = new VirtualClock()
    let tries = 0
    const call = gate({ concurrency: 1, retry: { max: 50, backoff: { base: 1, jitter: 'none', max: 1 } }, clock })
    const work = (): never => {
      tries++
      throw new Error('down')
    }
    const mapped = call.map([1], work).toArray(1, { clock })
    const called = call(work)
    const ends = Promise.allSettled([mapped, called])
    await clock.advance(500)
    await ends
    expect(tries).toBe(2 + 30)
  })

  it('shares its gate with single calls, and has the parts by name', async () => {
    const clock = new VirtualClock()
    const call = gate({ concurrency: 1, clock })
    const single = call(() => new Promise<string>((resolve) => void clock.after(100, () => resolve('single'))))
    const mapped = call.map([1, 2], (n) => n).toArray(2, { clock })
    await clock.advance(99)
    expect(call.gate.stats).toMatchObject({ admitted: 1, waiting: 1 })
    await clock.advance(10)
    expect(await single).toBe('single')
    expect(await mapped).toEqual([1, 2])
    expect(gate.limit).toBe(limit)
  })
})
