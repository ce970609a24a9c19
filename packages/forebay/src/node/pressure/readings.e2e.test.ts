import { closeSync, openSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { setTimeout as wait } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { limit } from '../../gates/limit/limit.ts'
import { underPressure } from '../../gates/limit/under-pressure.ts'
import { cpuUsed, eventLoopDelay, heapUsed, memoryUsed, openFiles } from './readings.ts'

/** Uses the processor, and blocks the loop. */
function spin(ms: number): void {
  const end = performance.now() + ms
  while (performance.now() < end);
}

describe('readings of a real process', () => {
  it('see an event loop that is blocked, and forget it', async () => {
    using delay = eventLoopDelay({ bearable: '50ms' })
    await wait(100)
    delay.read()
    for (let i = 0; i < 3; i++) {
      spin(200)
      await wait(1)
    }
    expect(delay.read()).toBeGreaterThan(2)
    await wait(300)
    expect(delay.read()).toBeLessThan(2)
    delay.close()
    expect(delay.read()).toBe(0)
  })

  it('lower a limit while the event loop is blocked', async () => {
    using delay = eventLoopDelay({ bearable: '20ms' })
    const gate = limit(underPressure(100, delay, { every: 50 }))
    for (let i = 0; i < 8; i++) {
      spin(100)
      await wait(1)
      gate.tryAcquire()?.release()
    }
    expect(gate.inspect().limit).toBeLessThan(60)
    expect(gate.inspect().adaptive?.pressure).toMatchObject({ of: 'event-loop delay' })
  })

  it('see memory that is taken', () => {
    const [heap, memory] = [heapUsed(), memoryUsed({ bearable: 4e9 })]
    const [heapBefore, memoryBefore] = [heap.read(), memory.read()]
    const kept = Array.from({ length: 200_000 }, (_, i) => ({ i }))
    const bytes = Buffer.alloc(100e6, 1)
    expect(heap.read()).toBeGreaterThan(heapBefore)
    expect(memory.read() - memoryBefore).toBeGreaterThan(0.015)
    expect(kept.length + bytes.length).toBeGreaterThan(0)
    expect(memoryUsed().read()).toBeGreaterThan(0)
  })

  it('see a processor that is busy, and one that is not', async () => {
    const [one, all] = [cpuUsed({ bearable: 1 }), cpuUsed({ bearable: Infinity })]
    await wait(300)
    const idle = one.read()
    all.read()
    spin(300)
    const busy = one.read()
    expect(busy).toBeGreaterThan(idle)
    expect(all.read()).toBeLessThan((busy / availableParallelism()) * 2)
  })

  it.skipIf(process.platform !== 'linux')('see files that are open', () => {
    const files = openFiles()
    const before = files.read()
    const opened = Array.from({ length: 50 }, () => openSync('/dev/null', 'r'))
    expect(files.read()).toBeGreaterThan(before)
    for (const file of opened) closeSync(file)
    expect(files.read()).toBeCloseTo(before, 3)
  })

  it('check what they are given', () => {
    expect(() => eventLoopDelay({ bearable: 0 })).toThrow('bearable: ')
    expect(() => heapUsed({ bearable: 2 })).toThrow('bearable: ')
    expect(() => memoryUsed({ bearable: 0 })).toThrow('bearable: ')
    expect(() => cpuUsed({ bearable: 0 })).toThrow('bearable: ')
    expect(() => openFiles({ bearable: NaN })).toThrow('bearable: ')
  })
})
