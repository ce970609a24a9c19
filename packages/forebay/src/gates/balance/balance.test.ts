import { describe, expect, it } from 'vitest'
import { flow } from '../../flow/sources.ts'
import type { Permit } from '../../kernel/gate.ts'
import { seededRandom } from '../../kernel/random.ts'
import { VirtualClock, settled } from '../../testkit/virtual-clock.ts'
import { admit } from '../admit/admit.ts'
import { budget } from '../admit/budget.ts'
import { hedge } from '../admit/hedge.ts'
import { all } from '../all.ts'
import { breaker } from '../breaker/breaker.ts'
import { limit } from '../limit/limit.ts'
import { rate } from '../rate/rate.ts'
import { balance } from './balance.ts'
import type { BalanceOptions } from './balance.ts'

interface Place {
  readonly name: string
}

const random = () => seededRandom(11)
const takes = <T>(clock: VirtualClock, ms: number, value: T): Promise<T> =>
  new Promise((resolve) => void clock.after(ms, () => resolve(value)))

/** Targets `a`, `b`, … each behind a limit. */
function places(clock: VirtualClock, count: number, most: number, options: BalanceOptions = {}) {
  const targets = Array.from({ length: count }, (_, i) => ({
    name: String.fromCodePoint(97 + i),
    gate: limit(most, { clock }),
  }))
  return balance(targets, { clock, random: random(), ...options })
}

function nameOf(permit: Permit | undefined): string | undefined {
  return (permit?.target as Place | undefined)?.name
}

describe('a balancer', () => {
  it('gives a permit of one target, names it, and takes no more than the targets do together', () => {
    const clock = new VirtualClock()
    const gate = places(clock, 3, 2)
    expect(gate.credit()).toBe(6)
    const permits = Array.from({ length: 7 }, () => gate.tryAcquire())
    expect(permits.map((permit) => nameOf(permit) ?? '-').toSorted((a, b) => a.localeCompare(b))).toEqual([
      '-',
      'a',
      'a',
      'b',
      'b',
      'c',
      'c',
    ])
    permits[0]?.release()
    expect(nameOf(gate.tryAcquire())).toBe(nameOf(permits[0]))
    expect(gate.stats).toMatchObject({ admitted: 7, inUse: 6 })
    expect(gate.inspect()).toMatchObject({ kind: 'balance', limit: 6, state: 'full' })
  })

  it('has one line: a waiter goes to whichever target is free first', async () => {
    const clock = new VirtualClock()
    const gate = places(clock, 2, 1, { line: 10 })
    const [, b] = [gate.tryAcquire(), gate.tryAcquire()]
    const waiting = gate.acquire()
    expect(gate.stats.waiting).toBe(1)
    const name = nameOf(b)
    b?.release()
    expect(nameOf(await waiting)).toBe(name)
  })

  it('hands the target to the work of a call and of a flow', async () => {
    const clock = new VirtualClock()
    const gate = balance([{ name: 'a', url: 'http://a' }], { clock })
    expect(await gate.call((target, call) => [target.url, call.attempt])).toEqual(['http://a', 1])
    const seen = await flow([1, 2])
      .mapAsync((item, { target }) => `${item}${(target as Place).name}`, { gate })
      .toArray(10)
    expect(seen).toEqual(['1a', '2a'])
  })

  it('stands in a composite with other gates, and a permit of it still names the target', async () => {
    const clock = new VirtualClock()
    const gate = all([rate({ limit: 1, burst: 2, clock }), places(clock, 2, 1)], { line: 0 })
    expect(await admit(gate, (call) => (call.target as Place).name)).toMatch(/^[ab]$/)
    expect(gate.tryAcquire()).toBeDefined()
    await expect(admit(gate, () => 1)).rejects.toMatchObject({ reason: 'rate' })
  })

  it('passes over a target whose breaker is open, and refuses at once when all are', async () => {
    const clock = new VirtualClock()
    const gates = ['a', 'b'].map((name) => ({ name, gate: breaker({ consecutive: 1, openFor: '10s', clock }) }))
    const gate = balance(gates, { clock, random: random(), eject: false, line: 10 })
    gates[0]?.gate.tryAcquire()?.release('fail')
    const names = Array.from({ length: 20 }, () => nameOf(gate.tryAcquire()))
    expect(new Set(names)).toEqual(new Set(['b']))
    gates[1]?.gate.set({ forced: 'open' })
    await expect(admit(gate, () => 1)).rejects.toMatchObject({ reason: 'open', retryAfterMs: 10_000 })
    await clock.advance(10_000)
    expect(nameOf(gate.tryAcquire())).toBe('a')
  })

  it('goes elsewhere with a retry and with a hedge', async () => {
    const clock = new VirtualClock()
    const gate = places(clock, 3, 10, { eject: false })
    for (let round = 0; round < 10; round++) {
      const tried: string[] = []
      const failing = (target: Place): Promise<never> => (tried.push(target.name), Promise.reject(new Error('down')))
      const plenty = budget({ minPerSecond: 1000, clock })
      const call = gate.call(failing, { retry: { max: 1, budget: plenty, backoff: { base: 0 } } }).catch(() => {})
      await clock.advance(10)
      await call
      expect(new Set(tried).size).toBe(2)
      const hedged: string[] = []
      const slow = (target: Place): Promise<void> => (hedged.push(target.name), takes(clock, 100, undefined))
      void gate.call(slow, { hedge: hedge({ after: 10, budget: plenty }) })
      await clock.advance(200)
      expect(new Set(hedged).size).toBe(2)
    }
  })

  it('takes targets in and out while it runs, and says when one has drained', async () => {
    const clock = new VirtualClock()
    const gate = places(clock, 1, 1, { line: 10 })
    const held = gate.tryAcquire()
    const waiting = gate.acquire({ hold: Infinity })
    gate.add({ name: 'z', gate: limit(1, { clock }) })
    const moved = await waiting
    expect(nameOf(moved)).toBe('z')
    let isDrained = false
    const drained = gate.remove('a').then(() => (isDrained = true))
    expect(gate.targets.map(({ name }) => name)).toEqual(['z'])
    await settled()
    expect(isDrained).toBe(false)
    held?.release()
    await drained
    expect(gate.stats).toMatchObject({ inUse: 1, waiting: 0 })
    moved.release()
    await gate.remove('z')
    expect(gate.credit()).toBe(0)
    const late = gate.acquire({ hold: Infinity })
    gate.add({ name: 'a', gate: limit(1, { clock }) })
    expect(nameOf(await late)).toBe('a')
  })

  it('leaves no timer and no watcher behind', async () => {
    const clock = new VirtualClock()
    const gate = places(clock, 2, 1, { line: 10 })
    const permits = [gate.tryAcquire(), gate.tryAcquire()]
    const late = Promise.resolve(gate.acquire({ hold: 100 })).catch(() => {})
    await clock.advance(100)
    await late
    for (const permit of permits) permit?.release()
    await clock.advance(1000)
    expect(clock.pending).toBe(0)
  })

  it('refuses names used twice, gates used twice or of others, and options out of range', () => {
    const clock = new VirtualClock()
    const shared = limit(1, { clock })
    expect(() => balance([{ name: 'a' }, { name: 'a' }])).toThrow(/different names/)
    expect(() =>
      balance([
        { name: 'a', gate: shared },
        { name: 'b', gate: shared },
      ]),
    ).toThrow(/gate of its own/)
    expect(() => balance([{ name: 1 as unknown as string }])).toThrow(/to have a name/)
    expect(() => balance([{ name: 'a', gate: {} as never }])).toThrow(TypeError)
    expect(() => balance([], { pick: 'best' as never })).toThrow(/^pick: /)
    expect(() => balance([], { eject: { maxShare: 2 } })).toThrow(/^eject\.maxShare: /)
    expect(() => balance([], { eject: { for: '1m', maxFor: '1s' } })).toThrow(/^eject\.maxFor: /)
    expect(() => balance([]).remove('a')).toThrow(/^remove: /)
  })
})

describe('ejection', () => {
  /** Fails every call at `bad`. */
  const hit = (gate: ReturnType<typeof places>, bad: readonly string[]): string | undefined => {
    const permit = gate.tryAcquire()
    const name = nameOf(permit)
    permit?.release(bad.includes(name as string) ? 'fail' : 'ok')
    return name
  }

  it('takes a target out after failures in a row, for twice as long each time, and tries it with one call', () => {
    const clock = new VirtualClock()
    const gate = places(clock, 3, 10, { pick: 'least-outstanding', eject: { consecutive: 3, for: '1s' } })
    const out = () => gate.targets.find(({ name }) => name === 'a')?.ejectedForMs
    for (let i = 0; i < 30; i++) hit(gate, ['a'])
    expect(out()).toBe(1000)
    expect(gate.targets[0]).toMatchObject({ admitted: 3, failed: 3 })
    clock.advanceSync(1000)
    for (let i = 0; i < 30; i++) hit(gate, ['a'])
    expect(out()).toBe(2000)
    expect(gate.targets[0]).toMatchObject({ admitted: 4 })
    clock.advanceSync(2000)
    for (let i = 0; i < 60; i++) hit(gate, [])
    expect(out()).toBe(0)
    clock.advanceSync(60_000)
    for (let i = 0; i < 60; i++) hit(gate, ['a'])
    expect(out()).toBe(1000)
  })

  it('takes one out by its share of failures, unless the others do as badly', () => {
    const clock = new VirtualClock()
    const eject = { consecutive: 1000, failureRate: 0.3, min: 20 }
    const alternately = (bad: readonly string[]) => {
      const gate = places(clock, 4, 10, { pick: 'least-outstanding', eject })
      for (let i = 0; i < 400; i++) hit(gate, i % 2 === 0 ? bad : [])
      return gate.targets.filter(({ ejectedForMs }) => ejectedForMs > 0).map(({ name }) => name)
    }
    expect(alternately(['a'])).toEqual(['a'])
    expect(alternately(['a', 'b', 'c', 'd'])).toEqual([])
  })

  it('leaves its share in, and always one, though every call fails', () => {
    const clock = new VirtualClock()
    for (const [count, maxShare, left] of [
      [10, 0.5, 5],
      [10, 1, 1],
      [2, 0.1, 1],
      [1, 1, 1],
      [10, 0, 10],
    ] as const) {
      const gate = places(clock, count, 100, { eject: { consecutive: 2, maxShare } })
      const everything = gate.targets.map(({ name }) => name)
      for (let i = 0; i < 2000; i++) hit(gate, everything)
      expect(gate.targets.filter(({ ejectedForMs }) => ejectedForMs === 0)).toHaveLength(left)
    }
  })

  it('lets whoever waits in when a target comes back, though nothing else happens', async () => {
    const clock = new VirtualClock()
    const gate = places(clock, 2, 1, { eject: { consecutive: 1, for: '1s' }, line: 10 })
    const first = gate.tryAcquire()
    first?.release('fail')
    expect(gate.tryAcquire()).toBeDefined()
    const waiting = gate.acquire({ hold: Infinity })
    await clock.advance(999)
    expect(gate.stats.waiting).toBe(1)
    await clock.advance(2)
    expect(nameOf(await waiting)).toBe(nameOf(first))
  })

  it('does not count what our own side refused or gave up', () => {
    const clock = new VirtualClock()
    const gate = places(clock, 2, 10, { eject: { consecutive: 1 } })
    for (let i = 0; i < 20; i++) gate.tryAcquire()?.release('ignore')
    expect(gate.targets.every(({ ejectedForMs }) => ejectedForMs === 0)).toBe(true)
  })
})
