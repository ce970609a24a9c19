import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { isForebayError } from '../../kernel/errors.ts'
import type { PermitOutcome } from '../../kernel/gate.ts'
import { seededRandom } from '../../kernel/random.ts'
import { Shed } from '../../kernel/shed.ts'
import { VirtualClock, settled } from '../../testkit/virtual-clock.ts'
import { all } from '../all.ts'
import { breaker } from '../breaker/breaker.ts'
import { limit } from '../limit/limit.ts'
import { rate } from '../rate/rate.ts'
import { admit } from './admit.ts'
import { budget } from './budget.ts'
import type { Call } from './call.ts'
import { fallbackTo, lastGood } from './fallback.ts'

/** Work that takes `ms` of virtual time. */
function takes<T>(clock: VirtualClock, ms: number, value: T): () => Promise<T> {
  return () => new Promise((resolve) => void clock.after(ms, () => resolve(value)))
}

function failure(error: unknown): unknown {
  return error
}

describe('admit', () => {
  it('gives what the work gives and returns the permit when it has ended', async () => {
    const clock = new VirtualClock()
    const gate = limit(1, { clock })
    const first = admit(gate, takes(clock, 10, 'a'))
    const second = admit(gate, () => 'b')
    expect(gate.stats).toMatchObject({ inUse: 1, waiting: 1 })

    await clock.advance(10)

    expect(await first).toBe('a')
    expect(await second).toBe('b')
    expect(gate.stats).toMatchObject({ inUse: 0, waiting: 0, admitted: 2 })
  })

  it('returns the permit and rejects when the work throws, at once or later', async () => {
    const gate = limit(1, { clock: new VirtualClock() })
    const boom = new Error('boom')
    for (const options of [undefined, { timeout: 100 }]) {
      await expect(
        admit(
          gate,
          () => {
            throw boom
          },
          options,
        ),
      ).rejects.toBe(boom)
      await expect(admit(gate, () => Promise.reject(boom), options)).rejects.toBe(boom)
    }
    expect(gate.stats.inUse).toBe(0)
  })

  it('rejects with the Shed of the gate without doing the work', async () => {
    const clock = new VirtualClock()
    const gate = limit(1, { clock, line: 0, name: 'calls' })
    gate.tryAcquire()
    let ran = false
    await expect(admit(gate, () => (ran = true))).rejects.toMatchObject({ reason: 'limit', gate: 'calls' })
    expect(ran).toBe(false)
  })

  it('rejects, and takes no permit, when an option is wrong', async () => {
    const gate = limit(1, { clock: new VirtualClock() })
    await expect(admit(gate, () => 1, { timeout: 'soon' as '1s' })).rejects.toThrow(/^timeout: /)
    await expect(admit(gate, () => 1, { cost: -1 })).rejects.toThrow(/^cost: /)
    await expect(admit(gate, () => 1, { retry: { max: -1 } })).rejects.toThrow(/^retry\.max: /)
    expect(gate.stats).toMatchObject({ admitted: 0, inUse: 0 })
  })
})

describe('a timeout', () => {
  it('tells the caller at once and keeps the permit until the work has ended', async () => {
    const clock = new VirtualClock()
    const gate = limit(1, { clock })
    const call = admit(gate, takes(clock, 500, 1), { timeout: '100ms' }).catch(failure)

    await clock.advance(100)
    expect(await call).toMatchObject({ code: 'FOREBAY_TIMEOUT', retryable: true })
    expect(gate.stats).toMatchObject({ inUse: 1, zombies: 1 })
    expect(gate.tryAcquire()).toBeUndefined()

    await clock.advance(400)
    expect(gate.stats).toMatchObject({ inUse: 0, zombies: 0 })
  })

  it('keeps the count true where others let 8 or 9 run at once behind a limit of 2', async () => {
    const clock = new VirtualClock()
    const gate = limit(2, { clock, line: { hold: '10s', max: 100 } })
    let running = 0
    let most = 0
    const work = async (): Promise<void> => {
      most = Math.max(most, ++running)
      await takes(clock, 100, undefined)()
      running--
    }
    const calls = Array.from({ length: 10 }, () => admit(gate, work, { timeout: 20 }).catch(failure))

    await clock.advance(1000)

    expect(await Promise.all(calls)).toHaveLength(10)
    expect(most).toBe(2)
    expect(gate.stats).toMatchObject({ admitted: 10, inUse: 0, zombies: 0 })
  })

  it('tells a breaker at once, though the work still runs', async () => {
    const clock = new VirtualClock()
    const fuse = breaker({ consecutive: 1, clock })
    const gate = all([fuse, limit(5, { clock })])
    void admit(gate, takes(clock, 10_000, 1), { timeout: 100 }).catch(failure)

    await clock.advance(100)

    expect(fuse.inspect().state).toBe('open')
    expect(gate.stats).toMatchObject({ inUse: 1, zombies: 1 })
  })

  it('aborts the signal of the work, made only when it is read, even if that is afterwards', async () => {
    const clock = new VirtualClock()
    const gate = limit(5, { clock })
    let early: AbortSignal | undefined
    let late: Call | undefined
    void admit(gate, (call) => ((early = call.signal), takes(clock, 1000, 1)()), { timeout: 100 }).catch(failure)
    void admit(gate, (call) => ((late = call), takes(clock, 1000, 1)()), { timeout: 100 }).catch(failure)
    expect(early?.aborted).toBe(false)

    await clock.advance(100)

    expect(early?.aborted).toBe(true)
    expect(late?.signal.aborted).toBe(true)
    expect(isForebayError(late?.signal.reason, 'FOREBAY_TIMEOUT')).toBe(true)
    expect(late?.deadline).toBe(100)
  })

  it('is one timer for all calls, and none soon after the last', async () => {
    const clock = new VirtualClock()
    const gate = limit(1000, { clock })
    const calls = Array.from({ length: 500 }, (_, i) => admit(gate, takes(clock, 5, i), { timeout: 1000 + i }))
    expect(clock.pending).toBe(501)
    await clock.advance(5)
    await Promise.all(calls)
    expect(clock.pending).toBe(1)
    await clock.advance(50)
    expect(clock.pending).toBe(0)
  })

  it('counts the time from when the work was admitted, and the deadline from when it was asked', async () => {
    const clock = new VirtualClock()
    const gate = limit(1, { clock, line: { hold: '1m', order: 'fifo' } })
    const held = gate.tryAcquire()
    const byTimeout = admit(gate, takes(clock, 80, 'done'), { timeout: 100 })
    const byDeadline = admit(gate, takes(clock, 80, 'done'), { deadline: 400 }).catch(failure)
    const neverStarted = admit(gate, takes(clock, 80, 'done'), { deadline: 200 }).catch(failure)

    await clock.advance(250)
    expect(await neverStarted).toMatchObject({ reason: 'deadline', waitedMs: 200 })
    await clock.advance(100)
    held?.release()
    await clock.advance(80)
    expect(await byTimeout).toBe('done')

    expect(await byDeadline).toMatchObject({ reason: 'deadline' })
    expect(gate.stats.sheds).toEqual({ deadline: 2 })
  })

  it('gives up work at the deadline when that comes before the timeout', async () => {
    const clock = new VirtualClock()
    const call = admit(limit(1, { clock }), takes(clock, 500, 1), { timeout: 300, deadline: 120 }).catch(failure)
    await clock.advance(120)
    expect(await call).toMatchObject({ code: 'FOREBAY_TIMEOUT' })
  })
})

describe('an abort', () => {
  it('takes a waiter out of the line at once, and running work stays counted', async () => {
    const clock = new VirtualClock()
    const gate = limit(1, { clock, line: { hold: '1m' } })
    const controller = new AbortController()
    const { signal } = controller
    const running = admit(gate, takes(clock, 100, 1), { signal }).catch(failure)
    const waiting = admit(gate, takes(clock, 100, 1), { signal }).catch(failure)

    controller.abort('enough')

    expect(gate.stats).toMatchObject({ inUse: 1, waiting: 0, zombies: 1 })
    for (const call of [running, waiting]) {
      expect(await call).toMatchObject({ code: 'FOREBAY_CANCELLED', cause: 'enough' })
    }
    await clock.advance(100)
    expect(gate.stats).toMatchObject({ inUse: 0, zombies: 0, sheds: { aborted: 1 } })
  })

  it('teaches the breaker nothing', async () => {
    const clock = new VirtualClock()
    const fuse = breaker({ consecutive: 1, clock })
    const controller = new AbortController()
    const call = admit(fuse, takes(clock, 100, 1), { signal: controller.signal }).catch(failure)
    controller.abort()
    await call
    await clock.advance(100)
    expect(fuse.inspect()).toMatchObject({ state: 'closed', inUse: 0 })
  })
})

describe('classify', () => {
  it('judges a value as well as an error', async () => {
    const fuse = breaker({ consecutive: 2, clock: new VirtualClock() })
    const classify = (ended: { ok: boolean; value?: number }): PermitOutcome => (ended.value === 503 ? 'drop' : 'ok')
    expect(await admit(fuse, () => 503, { classify })).toBe(503)
    expect(await admit(fuse, () => 200, { classify })).toBe(200)
    expect(await admit(fuse, () => 503, { classify, timeout: 100 })).toBe(503)
    expect(fuse.inspect().state).toBe('closed')
    await admit(fuse, () => Promise.resolve(503), { classify, timeout: 100 })
    expect(fuse.inspect().state).toBe('open')
  })

  it('returns the permit even if it throws itself', async () => {
    const gate = limit(1, { clock: new VirtualClock() })
    const classify = (): never => {
      throw new Error('confused')
    }
    await expect(admit(gate, () => 1, { classify })).rejects.toThrow('confused')
    await expect(admit(gate, () => Promise.resolve(1), { classify, timeout: 10 })).rejects.toThrow('confused')
    expect(gate.stats.inUse).toBe(0)
  })

  it('does not let sheds of a gate further in open the breaker further out', async () => {
    const clock = new VirtualClock()
    const fuse = breaker({ consecutive: 1, clock })
    const inner = limit(0, { clock, line: 0 })
    await expect(admit(fuse, () => admit(inner, () => 1))).rejects.toBeInstanceOf(Shed)
    expect(fuse.inspect().state).toBe('closed')
  })
})

describe('a retry', () => {
  const failing = (times: number, error: unknown = new Error('flaky')) => {
    let calls = 0
    return (call: Call): string => {
      if (calls++ < times) throw error
      return `try ${call.attempt}`
    }
  }

  it('tries again after a pause that grows, jittered over its whole length', async () => {
    const clock = new VirtualClock()
    const at: number[] = []
    const random = seededRandom(7)
    const expected = seededRandom(7)
    const work = failing(3)
    const call = admit(limit(1, { clock }), (info) => (at.push(clock.now()), work(info)), {
      retry: { max: 3, backoff: { base: 100, factor: 2, max: 300 } },
      random,
    })
    await clock.advance(1000)

    expect(await call).toBe('try 4')
    const pauses = [100, 200, 300].map((longest) => longest * expected.next())
    expect(at[0]).toBe(0)
    expect(at[1]).toBeCloseTo(pauses[0] as number)
    expect(at[3]).toBeCloseTo(pauses.reduce((sum, ms) => sum + ms, 0))
  })

  it('ends with the last error when its tries are used up or not wanted', async () => {
    const clock = new VirtualClock()
    const gate = limit(1, { clock })
    const retry = { max: 2, backoff: { base: 1, jitter: 'none' as const } }
    const used = admit(gate, failing(9), { retry }).catch(failure)
    await clock.advance(100)
    expect(await used).toMatchObject({ message: 'flaky' })
    expect(gate.stats.admitted).toBe(3)

    await expect(admit(gate, failing(9), { retry: { ...retry, on: () => false } })).rejects.toThrow('flaky')
    expect(gate.stats.admitted).toBe(4)
  })

  it('asks the gate anew at one level lower', async () => {
    const clock = new VirtualClock()
    const gate = limit(1, { clock, line: { hold: '1s' } })
    const call = admit(gate, failing(1), { level: 1, retry: { max: 1, backoff: { base: 10, jitter: 'none' } } })
    await settled()
    const held = gate.tryAcquire()
    await clock.advance(10)
    const order: string[] = []
    void call.then(() => order.push('retry'))
    void admit(gate, () => order.push('first try'), { level: 1 })
    held?.release()
    await settled()
    expect(order).toEqual(['first try', 'retry'])
  })

  it('does not come back before a Shed said it should', async () => {
    const clock = new VirtualClock()
    const gate = rate({ limit: 1, burst: 1, line: 0, clock })
    gate.tryAcquire()
    let at = -1
    const call = admit(gate, () => (at = clock.now()), { retry: { max: 1, backoff: { base: 0 } } })
    await clock.advance(999)
    expect(at).toBe(-1)
    await clock.advance(1)
    await call
    expect(at).toBe(1000)
  })

  it('waits as long as the other side asked, when that was found out by classifying', async () => {
    const clock = new VirtualClock()
    const at: number[] = []
    const call = admit(limit(1, { clock }), () => (at.push(clock.now()), at.length === 1 ? 429 : 200), {
      retry: { max: 1, backoff: { base: 0 } },
      classify: (ended) => (ended.ok && ended.value === 429 ? { outcome: 'drop', retryAfterMs: 700 } : 'ok'),
    })
    await clock.advance(1000)
    expect(await call).toBe(200)
    expect(at).toEqual([0, 700])
  })

  it('does not start a pause that the deadline would cut off', async () => {
    const clock = new VirtualClock()
    const retry = { max: 5, backoff: { base: 100, jitter: 'none' as const } }
    const call = admit(limit(1, { clock }), failing(9), { retry, deadline: 250 }).catch(failure)
    await clock.advance(150)
    expect(await call).toMatchObject({ message: 'flaky' })
    expect(clock.now()).toBe(150)
  })

  it('ends at once when its caller aborts between two tries', async () => {
    const clock = new VirtualClock()
    const controller = new AbortController()
    const call = admit(limit(1, { clock }), failing(9), {
      retry: { max: 5, backoff: { base: 1000, jitter: 'none' } },
      signal: controller.signal,
      fallback: () => 'never',
    }).catch(failure)
    await clock.advance(500)
    controller.abort()
    expect(await call).toMatchObject({ code: 'FOREBAY_CANCELLED' })
  })

  it('never spends more than its budget, whatever fails, and spends all of it when everything does', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.boolean(), { minLength: 30, maxLength: 120 }),
        fc.constantFrom(0, 0.1, 0.5),
        async (fates, ratio) => {
          const clock = new VirtualClock()
          const shared = budget({ ratio, minPerSecond: 0.5, window: '10s', clock })
          const gate = limit(1000, { clock })
          const calls = fates.map((fails) =>
            admit(gate, () => (fails ? Promise.reject(new Error('down')) : 1), {
              retry: { max: 10, budget: shared, backoff: { base: 1, max: 1 } },
              random: seededRandom(1),
            }).catch(failure),
          )
          await clock.advance(200)
          await Promise.all(calls)
          const allowed = Math.floor(5 + ratio * fates.length + 1e-9)
          expect(gate.stats.admitted).toBe(fates.length + shared.taken)
          expect(shared.taken).toBeLessThanOrEqual(allowed)
          const wanted = 10 * fates.filter(Boolean).length
          expect(shared.taken).toBe(Math.min(allowed, wanted))
        },
      ),
      { numRuns: 25 },
    )
  })

  it('has a budget for each gate when none is given', async () => {
    const clock = new VirtualClock()
    const gate = limit(1000, { clock })
    const retry = { max: 50, backoff: { base: 0 } }
    const calls = Array.from({ length: 100 }, () => admit(gate, failing(1e9), { retry }).catch(failure))
    await clock.advance(100)
    await Promise.all(calls)
    expect(gate.stats.admitted).toBe(100 + 10 + 30)
  })

  it('earns its budget back as time passes', () => {
    const clock = new VirtualClock()
    const spend = budget({ ratio: 0.1, minPerSecond: 1, window: '10s', clock })
    for (let i = 0; i < 100; i++) spend.earn()
    let spent = 0
    while (spend.take()) spent++
    expect(spent).toBe(20)
    expect(spend.refused).toBe(1)
    clock.advanceSync(10_001)
    expect(spend.balance).toBe(10)
  })
})

describe('a fallback', () => {
  it('stands in when the gate refuses and when the work fails for good', async () => {
    const gate = limit(0, { clock: new VirtualClock(), line: 0 })
    expect(await admit(gate, () => 1, { fallback: fallbackTo(9) })).toBe(9)
    expect(await admit(gate, () => 1, { fallback: (error) => (error as Shed).reason.length })).toBe(5)
    gate.set({ limit: 1 })
    expect(await admit(gate, () => Promise.reject<number>(new Error('x')), { fallback: () => 3 })).toBe(3)
  })

  it('gives the last good result of the same key, as long as it is not too old', async () => {
    const clock = new VirtualClock()
    const fallback = lastGood<string>({ stale: '1s', clock })
    const gate = limit(1, { clock, line: 0 })
    await admit(gate, () => 'fresh a', { key: 'a', fallback })
    gate.set({ limit: 0 })

    expect(await admit(gate, () => 'never', { key: 'a', fallback })).toBe('fresh a')
    await expect(admit(gate, () => 'never', { key: 'b', fallback })).rejects.toBeInstanceOf(Shed)
    clock.advanceSync(1001)
    await expect(admit(gate, () => 'never', { key: 'a', fallback })).rejects.toBeInstanceOf(Shed)
    expect(fallback).toMatchObject({ hits: 1, misses: 2, size: 0 })
  })

  it('does not keep what was judged bad, and has a last resort', async () => {
    const clock = new VirtualClock()
    const fallback = lastGood<number>({ otherwise: fallbackTo(-1), clock })
    const gate = limit(1, { clock })
    const classify = (): PermitOutcome => 'fail'
    expect(await admit(gate, () => 500, { fallback, classify, timeout: 10 })).toBe(500)
    expect(await admit(gate, () => Promise.reject<number>(new Error('x')), { fallback })).toBe(-1)
  })

  it('keeps no more results than it may, whoever chooses the keys, and the used ones longest', async () => {
    const clock = new VirtualClock()
    const fallback = lastGood<number>({ max: 100, clock })
    fallback.put('used', 1)
    for (let i = 0; i < 10_000; i++) {
      fallback.put(`key ${i}`, i)
      if (i % 50 === 0) await fallback.get(undefined, 'used')
    }
    expect(fallback.size).toBe(100)
    expect(await fallback.get(undefined, 'used')).toBe(1)
  })
})
