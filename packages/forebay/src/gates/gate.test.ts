import { describe, expect, it } from 'vitest'
import { VirtualClock } from '../testkit/virtual-clock.ts'
import { gate } from './gate.ts'
import { limit } from './limit/limit.ts'

describe('the small door', () => {
  it('calls work within its concurrency and rate, and lets the rest wait for as long as it takes', async () => {
    const clock = new VirtualClock()
    const call = gate({ concurrency: 10, rate: '50/s', line: 1000, clock })
    let running = 0
    let most = 0
    const started: number[] = []
    const jobs = Array.from({ length: 500 }, (_, i) =>
      call(async () => {
        started.push(clock.now())
        most = Math.max(most, ++running)
        await new Promise<void>((resolve) => void clock.after(150, resolve))
        running--
        return i
      }),
    )

    await clock.advance(11_000)

    expect(await Promise.all(jobs)).toEqual(jobs.map((_, i) => i))
    expect(most).toBeGreaterThanOrEqual(8)
    expect(most).toBeLessThanOrEqual(10)
    expect(started.filter((at) => at < 5000)).toHaveLength(5 + 249) // the burst, then one every 20 ms
    expect(call.gate.stats).toMatchObject({ admitted: 500, inUse: 0, waiting: 0, sheds: {} })
  })

  it('refuses calls beyond its line', async () => {
    const clock = new VirtualClock()
    const call = gate({ concurrency: 1, line: 2, name: 'jobs', clock })
    const never = (): Promise<void> => new Promise(() => {})
    void call(never)
    void call(never)
    void call(never)
    await expect(call(never)).rejects.toMatchObject({ reason: 'line', gate: 'jobs' })
  })

  it('has defaults for every call, which a call may override', async () => {
    const clock = new VirtualClock()
    const call = gate({ concurrency: 5, breaker: { consecutive: 5 }, timeout: 100, clock })
    const slow = (): Promise<string> => new Promise((resolve) => void clock.after(150, () => resolve('done')))
    const usual = call(slow).catch((error: unknown) => error)
    const patient = call(slow, { timeout: 200 })
    await clock.advance(200)
    expect(await usual).toMatchObject({ code: 'FOREBAY_TIMEOUT' })
    expect(await patient).toBe('done')
    expect(call.gate.inspect().parts?.map((part) => part.name)).toEqual(['gate.breaker', 'gate.limit'])
  })

  it('has the parts by name', () => {
    expect(gate.limit).toBe(limit)
    expect(gate.bulkhead(3).credit()).toBe(3)
    expect(() => gate({})).toThrow(/expected concurrency, rate or breaker/)
  })
})
