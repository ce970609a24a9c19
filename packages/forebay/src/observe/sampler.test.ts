import { describe, expect, it, vi } from 'vitest'
import { flow } from '../flow/sources.ts'
import { VirtualClock } from '../testkit/virtual-clock.ts'
import { sampler } from './sampler.ts'

describe('the sampler', () => {
  it('keeps one moment a second, bounded, and tells its listeners of every sample', async () => {
    const clock = new VirtualClock()
    const run = flow
      .range(1, 1_000_000)
      .to(() => new Promise<void>((resolve) => void clock.after(10, resolve)), { name: 'slow' })
      .run({ clock })
    const samples = sampler([run], { clock, keep: '5s' })
    let told = 0
    const stop = samples.subscribe(() => told++)

    await clock.advance(10_000)
    stop()
    await clock.advance(1000)

    expect(told).toBe(40)
    expect(samples.history().length).toBeLessThanOrEqual(5)
    expect(samples.why()[0]?.sentence).toContain('slow')
    samples.stop()
    run.cancel()
  })

  it('goes on for the others when a listener throws, and calls that one no more', async () => {
    const clock = new VirtualClock()
    const run = flow(ticks(clock))
      .to(() => {})
      .run({ clock })
    const samples = sampler([run], { clock })
    const report = vi.spyOn(console, 'error').mockImplementation(() => {})
    let thrown = 0
    let told = 0
    samples.subscribe(() => {
      thrown++
      throw new Error('no more room')
    })
    samples.subscribe(() => told++)
    await clock.advance(1000)

    expect({ thrown, told }).toEqual({ thrown: 1, told: 4 })
    expect(report).toHaveBeenCalledOnce()
    report.mockRestore()
    samples.stop()
    run.cancel()
  })

  it('shows another finding only after it has lasted', async () => {
    const clock = new VirtualClock()
    let ms = 1
    const run = flow(ticks(clock))
      .to(() => new Promise<void>((resolve) => void clock.after(ms, resolve)), { name: 'sink' })
      .run({ clock })
    const samples = sampler([run], { clock, window: '1s', hold: '3s' })

    await clock.advance(5000)
    const calm = samples.why()[0]?.kind
    ms = 200
    await clock.advance(2000)
    const still = samples.why()[0]?.kind
    await clock.advance(4000)

    expect(still).toBe(calm)
    expect(samples.why()[0]?.kind).toBe('bottleneck')
    expect(samples.marks().at(-1)?.kind).toBe('verdict')
    samples.stop()
    run.cancel()
  })
})

describe('the first finding', () => {
  /** A source that has nothing until `quietMs` and then all at once, and a sink that is too slow for it. */
  function late(clock: VirtualClock, quietMs: number): ReturnType<typeof sampler> {
    async function* numbers(): AsyncGenerator<number> {
      await new Promise<void>((resolve) => void clock.after(quietMs, resolve))
      for (let i = 0; i < 1e6; i++) yield i
    }
    const run = flow(numbers())
      .buffer(8, 'backpressure')
      .to(() => new Promise<void>((resolve) => void clock.after(20, resolve)), { name: 'slow' })
      .run({ clock })
    const samples = sampler([run], { clock, window: '4s', hold: '2s' })
    void run.done.catch(() => {})
    return samples
  }

  it('is of the time since something has come in', async () => {
    const clock = new VirtualClock()
    const samples = late(clock, 3000)
    await clock.advance(3500)
    expect(samples.why()).toEqual([])
    await clock.advance(2000)

    expect(samples.why()[0]?.sentence).toMatch(/^slow is the bottleneck: busy 9\d %/)
    expect(samples.verdicts().map(({ kind }) => kind)).toEqual(['bottleneck'])
    samples.stop()
  })

  it('is that nothing came in when nothing does for a whole window, until something does', async () => {
    const clock = new VirtualClock()
    const samples = late(clock, 10_000)
    await clock.advance(3500)
    expect(samples.why()).toEqual([])
    await clock.advance(6500)
    expect(samples.why()[0]?.kind).toBe('calm')
    await clock.advance(1500)

    const [calm, next] = samples.verdicts()
    expect(calm?.kind).toBe('calm')
    expect(calm?.until).toBeLessThanOrEqual(11_250)
    expect(next?.kind).toBe('bottleneck')
    samples.stop()
  })
})

async function* ticks(clock: VirtualClock): AsyncGenerator<number> {
  for (let i = 0; ; i++) {
    await new Promise<void>((resolve) => void clock.after(50, resolve))
    yield i
  }
}
