import { setMaxListeners } from 'node:events'
import { describe, expect, it, vi } from 'vitest'
import { flow } from '../../src/flow/sources.ts'
import { admit } from '../../src/gates/admit/admit.ts'
import { budget } from '../../src/gates/admit/budget.ts'
import { hedge } from '../../src/gates/admit/hedge.ts'
import { all } from '../../src/gates/all.ts'
import { breaker } from '../../src/gates/breaker/breaker.ts'
import { limit } from '../../src/gates/limit/limit.ts'
import { rate } from '../../src/gates/rate/rate.ts'
import type { Permit } from '../../src/kernel/gate.ts'
import { VirtualClock, settled } from '../../src/testkit/virtual-clock.ts'

// What users of other packages filed, as tests of ours. A name begins with the issue.

const failure = (error: unknown): unknown => error

function takes<T>(clock: VirtualClock, ms: number, value: T): () => Promise<T> {
  return () => new Promise((resolve) => void clock.after(ms, () => resolve(value)))
}

/** A breaker that has just opened. */
function opened(clock: VirtualClock, probes = 3): ReturnType<typeof breaker> {
  const fuse = breaker({ consecutive: 1, openFor: '1s', probes, clock })
  fuse.tryAcquire()?.release('fail')
  return fuse
}

describe('cockatiel', () => {
  it('#73: half-open lets as many trials through as it was told, not one', () => {
    const clock = new VirtualClock()
    const fuse = opened(clock, 5)
    clock.advanceSync(1000)
    const trials = Array.from({ length: 20 }, () => fuse.tryAcquire()).filter((permit) => permit !== undefined)
    expect(trials).toHaveLength(5)
    for (const trial of trials) trial.release('ok')
    expect(fuse.inspect().state).toBe('closed')
  })

  it('#91: a breaker is not stuck open because the trial was aborted, threw, or was never given back', async () => {
    const clock = new VirtualClock()
    const fuse = opened(clock, 1)
    const ways: (() => unknown)[] = [
      () => fuse.tryAcquire()?.release('ignore'),
      () => fuse.tryAcquire()?.abandon?.('ignore'),
      () => fuse.tryAcquire(),
      () => admit(fuse, () => Promise.reject(new Error('down'))).catch(failure),
    ]
    for (const way of ways) {
      await clock.advance(20_000)
      await way()
      await settled()
    }
    await clock.advance(20_000)
    expect(await admit(fuse, () => 'up')).toBe('up')
    expect(fuse.inspect().state).toBe('closed')
  })

  it('#81, #82, #69: no listener stays on a signal that many calls share, however they end', async () => {
    const clock = new VirtualClock()
    const gate = limit(1, { clock, line: 10 })
    const { signal } = new AbortController()
    setMaxListeners(0, signal)
    const added = vi.spyOn(signal, 'addEventListener')
    const removed = vi.spyOn(signal, 'removeEventListener')
    for (let i = 0; i < 100; i++) {
      const calls = [
        admit(gate, takes(clock, 5, 1), { signal, timeout: 10 }),
        admit(gate, takes(clock, 50, 1), { signal, timeout: 10 }),
        admit(gate, () => Promise.reject(new Error('down')), { signal, retry: { max: 1 } }),
        admit(gate, takes(clock, 5, 1), { signal, hedge: hedge({ after: 1 }) }),
      ].map((call) => call.catch(failure))
      await clock.advance(20_000)
      await Promise.all(calls)
    }
    expect(added.mock.calls.length).toBeGreaterThan(400)
    expect(removed.mock.calls.length).toBeGreaterThanOrEqual(added.mock.calls.length)
  })

  it('#112: callers that abort in the queue of a bulkhead do not take the turns of those who wait on', async () => {
    const clock = new VirtualClock()
    const gate = limit(1, { clock, line: 100 })
    const held = gate.tryAcquire()
    const controller = new AbortController()
    setMaxListeners(0, controller.signal)
    const gone = Array.from({ length: 99 }, () => admit(gate, () => 1, { signal: controller.signal }).catch(failure))
    const stays = admit(gate, () => 'served')
    controller.abort()
    held?.release()
    expect(await stays).toBe('served')
    expect(await Promise.all(gone)).toHaveLength(99)
    expect(gate.stats).toMatchObject({ waiting: 0, inUse: 0, admitted: 2 })
  })

  it('a bulkhead of 2 with a timeout of 20 ms runs 2 at once (8 were measured)', async () => {
    const clock = new VirtualClock()
    const gate = limit(2, { clock, line: 100 })
    let most = 0
    let running = 0
    const work = async (): Promise<void> => {
      most = Math.max(most, ++running)
      await takes(clock, 200, undefined)()
      running--
    }
    const calls = Array.from({ length: 20 }, () => admit(gate, work, { timeout: 20 }).catch(failure))
    await clock.advance(5000)
    await Promise.all(calls)
    expect(most).toBe(2)
  })
})

describe('opossum', () => {
  it('#119, #276, #385, #484, #57: half-open neither floods nor sticks, whatever the probes do', async () => {
    for (const fate of ['hang', 'throw', 'reject', 'abort', 'late'] as const) {
      const clock = new VirtualClock()
      const fuse = opened(clock, 2)
      await clock.advance(1000)
      let started = 0
      const controller = new AbortController()
      const work = (): Promise<string> => {
        started++
        if (fate === 'throw') throw new Error('down')
        if (fate === 'reject') return Promise.reject(new Error('down'))
        return fate === 'late' ? takes(clock, 700, 'late')() : new Promise(() => {})
      }
      const calls = Array.from({ length: 50 }, () => admit(fuse, work, { signal: controller.signal }).catch(failure))
      await settled()
      expect(started).toBeLessThanOrEqual(2)
      if (fate === 'abort') controller.abort()
      await clock.advance(60_000)
      expect(await admit(fuse, () => 'up')).toBe('up')
      expect(await admit(fuse, () => 'up')).toBe('up')
      expect(fuse.inspect().state).toBe('closed')
      controller.abort()
      await Promise.all(calls)
    }
  })

  it('#719: a breaker goes half-open without a timer', () => {
    const clock = new VirtualClock()
    const fuse = opened(clock)
    expect(clock.pending).toBe(0)
    clock.advanceSync(1000)
    expect(fuse.inspect().state).toBe('half-open')
  })

  it('#660: one timeout among few calls does not open it', async () => {
    const clock = new VirtualClock()
    const fuse = breaker({ clock })
    expect(await admit(fuse, () => 'fast', { timeout: 100 })).toBe('fast')
    const late = admit(fuse, takes(clock, 500, 1), { timeout: 100 }).catch(failure)
    await clock.advance(1000)
    expect(await late).toMatchObject({ code: 'FOREBAY_TIMEOUT' })
    expect(fuse.inspect().state).toBe('closed')
  })

  it('#648, #635: breakers keep no timer and no observer, and make no call of performance but now', () => {
    const clock = new VirtualClock()
    const observer = vi.spyOn(performance, 'mark')
    const fuses = Array.from({ length: 1000 }, () => breaker({ clock }))
    for (const fuse of fuses) fuse.tryAcquire()?.release('ok')
    expect(clock.pending).toBe(0)
    expect(observer).not.toHaveBeenCalled()
    observer.mockRestore()
  })

  it('a capacity of 2 with a timeout of 20 ms runs 2 at once (9 were measured), and the timeout still opens it', async () => {
    const clock = new VirtualClock()
    const fuse = breaker({ consecutive: 5, openFor: '1m', clock })
    const gate = all([fuse, limit(2, { clock })], { line: 100 })
    let most = 0
    let running = 0
    const work = async (): Promise<void> => {
      most = Math.max(most, ++running)
      await takes(clock, 200, undefined)()
      running--
    }
    const calls = Array.from({ length: 20 }, () => admit(gate, work, { timeout: 20 }).catch(failure))
    await clock.advance(5000)
    await Promise.all(calls)
    expect(most).toBe(2)
    expect(fuse.inspect().state).toBe('open')
  })
})

describe('resilience4j', () => {
  it('#1656: a full bulkhead does not trip the breaker, in whatever order they are named', async () => {
    const clock = new VirtualClock()
    for (const isBreakerFirst of [true, false]) {
      const fuse = breaker({ consecutive: 1, clock })
      const slots = limit(1, { clock })
      const gate = all(isBreakerFirst ? [fuse, slots] : [slots, fuse], { line: 0 })
      const held = gate.tryAcquire()
      for (let i = 0; i < 10; i++) await expect(admit(gate, () => 1)).rejects.toMatchObject({ reason: 'limit' })
      held?.release()
      expect(fuse.inspect().state).toBe('closed')
    }
  })

  it('the order of decorators changes nothing: rate, breaker and limit are asked in one order, and a waiter holds none', () => {
    const clock = new VirtualClock()
    const make = () => [
      rate({ limit: 1, burst: 1, name: 'rate', clock }),
      breaker({ forced: 'open', name: 'breaker', clock }),
      limit(0, { name: 'limit', clock }),
    ]
    const orders = [
      [0, 1, 2],
      [2, 1, 0],
      [1, 2, 0],
      [2, 0, 1],
    ]
    for (const order of orders) {
      const gates = make()
      const gate = all(
        order.map((i) => gates[i] as Permit & ReturnType<typeof limit>),
        { line: 10 },
      )
      expect(gate.inspect().parts?.map(({ name }) => name)).toEqual(['rate', 'breaker', 'limit'])
      expect(gate.tryAcquire()).toBeUndefined()
      expect(gates[0]?.tryAcquire()).toBeDefined()
    }
  })
})

describe('bottleneck', () => {
  it('#194: jobs go on after the store of a rate has been empty, and after one that failed', async () => {
    const clock = new VirtualClock()
    const gate = all([rate({ limit: 100, burst: 1, clock }), limit(1, { clock })], { line: 1000 })
    const done: number[] = []
    const jobs = Array.from({ length: 200 }, (_, i) =>
      admit(gate, () => {
        if (i % 3 === 0) throw new Error('failed')
        done.push(i)
      }).catch(failure),
    )
    await clock.advance(2000)
    await Promise.all(jobs)
    expect(done).toHaveLength(133)
    expect(gate.stats).toMatchObject({ waiting: 0, inUse: 0 })
  })

  it('no job waits for a timer while there is room', async () => {
    const clock = new VirtualClock()
    expect(await admit(limit(1, { clock }), () => 'now')).toBe('now')
    expect(clock.pending).toBe(0)
  })
})

describe('pacer', () => {
  it('a rate of a million does not keep a log of a million', () => {
    const clock = new VirtualClock()
    const gate = rate({ limit: 1_000_000, burst: 1_000_000, clock })
    for (let i = 0; i < 200_000; i++) expect(gate.tryAcquire() === undefined).toBe(false)
    expect(JSON.stringify(gate.inspect()).length).toBeLessThan(500)
  })
})

describe('undici', () => {
  it('#3376: whether work could start is known without starting it', () => {
    const clock = new VirtualClock()
    const gate = limit(1, { clock })
    expect(gate.credit()).toBe(1)
    expect(gate.waitMs()).toBe(0)
    expect(gate.stats).toMatchObject({ admitted: 0, waiting: 0 })
    gate.tryAcquire()
    expect(gate.credit()).toBe(0)
    expect(gate.tryAcquire()).toBeUndefined()
    expect(gate.stats).toMatchObject({ admitted: 1, waiting: 0 })
  })

  it('#5150: who was told to wait is told when to go on, once for each time there is room again', () => {
    const clock = new VirtualClock()
    const gate = limit(1, { clock })
    const woken = vi.fn()
    gate.onCredit(woken)
    for (let i = 1; i <= 5; i++) {
      const permit = gate.tryAcquire()
      expect(gate.tryAcquire()).toBeUndefined()
      permit?.release()
      expect(woken).toHaveBeenCalledTimes(i)
    }
  })
})

describe('Polly', () => {
  it('#2591: a flow is held while a breaker is open, not rejected, and goes on by itself', async () => {
    const clock = new VirtualClock()
    const fuse = opened(clock, 1)
    const program = flow([1, 2, 3]).mapAsync((n) => Promise.resolve(n), { gate: fuse })
    const seen: number[] = []
    const run = program.to({ open: () => ({ write: (n: number) => void seen.push(n) }) } as never).run({ clock })
    await clock.advance(500)
    expect(seen).toEqual([])
    await clock.advance(5000)
    await run.done
    expect(seen).toEqual([1, 2, 3])
  })
})

describe('tower', () => {
  it('#705: retries have a budget, which those that share it cannot exceed together', async () => {
    const clock = new VirtualClock()
    const shared = budget({ ratio: 0.2, minPerSecond: 0, clock })
    const gates = [limit(1000, { clock }), limit(1000, { clock })]
    const calls = Array.from({ length: 100 }, (_, i) =>
      admit(gates[i % 2] as (typeof gates)[0], () => Promise.reject(new Error('down')), {
        retry: { max: 5, budget: shared, backoff: { base: 1 } },
      }).catch(failure),
    )
    await clock.advance(1000)
    await Promise.all(calls)
    expect(shared.taken).toBe(20)
  })
})

describe('Node', () => {
  it('#54614: no signal is made with AbortSignal.any', async () => {
    const any = vi.spyOn(AbortSignal as unknown as { any(): AbortSignal }, 'any')
    const clock = new VirtualClock()
    const { signal } = new AbortController()
    const call = admit(limit(1, { clock }), ({ signal: own }) => (own.throwIfAborted(), takes(clock, 5, 1)()), {
      signal,
      timeout: 100,
      hedge: hedge({ after: 1 }),
      retry: { max: 1 },
    })
    await clock.advance(10)
    expect(await call).toBe(1)
    expect(any).not.toHaveBeenCalled()
    any.mockRestore()
  })
})
