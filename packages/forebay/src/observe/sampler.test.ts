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

async function* ticks(clock: VirtualClock): AsyncGenerator<number> {
  for (let i = 0; ; i++) {
    await new Promise<void>((resolve) => void clock.after(50, resolve))
    yield i
  }
}
