import { describe, expect, it } from 'vitest'
import { clockOf, systemClock, type Ambient, type Clock } from './clock.ts'

/** A runtime without anything that only some have. Timers, messages and frames wait until the test lets them come. */
class Runtime {
  readonly timers = new Map<number, { ms: number; callback: () => void }>()
  readonly frames = new Map<number, () => void>()
  readonly messages: (() => void)[] = []
  channels = 0
  at = 5
  #handles = 0

  clock(more: Partial<Ambient> = {}): Clock {
    return clockOf({
      performance: { now: () => this.at },
      setTimeout: (callback, ms) => {
        this.timers.set(++this.#handles, { ms, callback })
        return this.#handles
      },
      clearTimeout: (handle) => void this.timers.delete(handle as number),
      ...more,
    })
  }

  get channel(): Required<Ambient>['MessageChannel'] {
    const runtime = this as Runtime
    return class {
      readonly port1: { onmessage: (() => void) | null } = { onmessage: null }
      readonly port2 = { postMessage: () => void runtime.messages.push(() => this.port1.onmessage?.()) }
      constructor() {
        runtime.channels++
      }
    }
  }
}

describe('the clock of a runtime', () => {
  it('tells the monotonic time of the runtime, and that of the wall', () => {
    const runtime = new Runtime()
    const clock = runtime.clock()
    runtime.at = 12.25
    expect(clock.now()).toBe(12.25)
    expect(Math.abs(clock.wall() - Date.now())).toBeLessThan(60_000)
  })

  it('waits with a timer, which can be stopped', () => {
    const runtime = new Runtime()
    const clock = runtime.clock()
    const seen: string[] = []
    clock.after(30, () => seen.push('kept'))
    const stop = clock.after(40, () => seen.push('stopped'))
    expect([...runtime.timers.values()].map(({ ms }) => ms)).toEqual([30, 40])
    stop()
    for (const { callback } of runtime.timers.values()) callback()
    expect(seen).toEqual(['kept'])
  })

  it('yields by setImmediate where there is one', () => {
    const runtime = new Runtime()
    const soon: (() => void)[] = []
    const clock = runtime.clock({ setImmediate: (callback) => soon.push(callback), MessageChannel: runtime.channel })
    let turns = 0
    clock.yield(() => turns++)
    expect([soon.length, runtime.channels, turns]).toEqual([1, 0, 0])
    soon[0]?.()
    expect(turns).toBe(1)
  })

  it('yields by one message for all who wait, on one channel that is made when it is needed', () => {
    const runtime = new Runtime()
    const clock = runtime.clock({ MessageChannel: runtime.channel })
    expect(runtime.channels).toBe(0)
    const seen: number[] = []
    clock.yield(() => {
      seen.push(1)
      clock.yield(() => seen.push(3))
    })
    clock.yield(() => seen.push(2))
    expect([runtime.messages.length, seen.length]).toEqual([1, 0])
    runtime.messages.shift()?.()
    expect(seen).toEqual([1, 2])
    expect(runtime.messages).toHaveLength(1) // whoever yields again waits for the next one
    runtime.messages.shift()?.()
    expect(seen).toEqual([1, 2, 3])
    expect([runtime.channels, runtime.messages.length]).toEqual([1, 0])
  })

  it('takes frames of the page where there is one, and sixty a second elsewhere; both can be stopped', () => {
    const runtime = new Runtime()
    let handles = 0
    const page: Partial<Ambient> = {
      requestAnimationFrame: (callback) => {
        runtime.frames.set(++handles, callback)
        return handles
      },
    }
    const seen: string[] = []
    runtime.clock(page).frame(() => seen.push('page'))()
    expect([runtime.frames.size, runtime.timers.size]).toEqual([1, 0]) // nothing stops it there
    const cancelAnimationFrame = (handle: number): void => void runtime.frames.delete(handle)
    runtime.clock({ ...page, cancelAnimationFrame }).frame(() => seen.push('stopped'))()
    expect(runtime.frames.size).toBe(1)
    const stop = runtime.clock().frame(() => seen.push('stopped'))
    expect([...runtime.timers.values()].map(({ ms }) => ms)).toEqual([16])
    stop()
    expect(runtime.timers.size).toBe(0)
    for (const callback of runtime.frames.values()) callback()
    expect(seen).toEqual(['page'])
  })

  it('tells how busy its event loop was where the runtime does', () => {
    const runtime = new Runtime()
    expect(runtime.clock()).not.toHaveProperty('utilisation')
    const performance = { now: () => 0, eventLoopUtilization: () => ({ active: 3, idle: 4 }) }
    expect(runtime.clock({ performance }).utilisation?.()).toEqual({ activeMs: 3, idleMs: 4 })
  })

  it('is that of this runtime as `systemClock`', async () => {
    const before = systemClock.now()
    await new Promise<void>((resolve) => systemClock.yield(resolve))
    await new Promise<void>((resolve) => void systemClock.after(0, resolve))
    await new Promise<void>((resolve) => void systemClock.frame(resolve))
    expect(systemClock.now()).toBeGreaterThan(before)
  })
})
