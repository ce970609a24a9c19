import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Permit } from '../../kernel/gate.ts'
import { VirtualClock, settled } from '../../testkit/virtual-clock.ts'
import { limit } from './limit.ts'

describe('limit', () => {
  it('gives a permit at once while one is free, without a promise', () => {
    const gate = limit(2, { clock: new VirtualClock() })

    expect(gate.acquire()).not.toBeInstanceOf(Promise)
    expect(gate.tryAcquire()).toBeDefined()

    expect(gate.tryAcquire()).toBeUndefined()
    expect(gate.credit()).toBe(0)
    expect(gate.waitMs()).toBe(Infinity)
  })

  it('never has more than its limit in use, has credit exactly when tryAcquire succeeds, and serves everybody in the end', async () => {
    const action = fc.oneof(
      fc.record({ kind: fc.constant('try' as const), cost: fc.integer({ min: 1, max: 4 }) }),
      fc.record({
        kind: fc.constant('wait' as const),
        cost: fc.integer({ min: 1, max: 4 }),
        level: fc.constantFrom(0, 1, 2, 3),
      }),
      fc.record({ kind: fc.constant('abort' as const), at: fc.nat() }),
      fc.record({ kind: fc.constant('release' as const), at: fc.nat() }),
      fc.record({ kind: fc.constant('set' as const), limit: fc.integer({ min: 4, max: 9 }) }),
    )
    await fc.assert(
      fc.asyncProperty(fc.array(action, { maxLength: 120 }), async (actions) => {
        const clock = new VirtualClock()
        const gate = limit(6, { clock, line: { max: 1000, hold: Infinity } })
        const held: { permit: Permit; cost: number }[] = []
        const waiting = new Set<AbortController>()
        let bound = 6
        let aborted = 0
        const inUse = (): number => held.reduce((sum, { cost }) => sum + cost, 0)
        for (const step of actions) {
          if (step.kind === 'try') {
            const { cost } = step
            const hadCredit = gate.credit() > 0
            const permit = gate.tryAcquire({ cost })
            if (cost === 1) expect(permit !== undefined).toBe(hadCredit)
            if (permit !== undefined) held.push({ permit, cost })
            if (permit !== undefined) expect(inUse()).toBeLessThanOrEqual(bound)
          } else if (step.kind === 'wait') {
            const { cost } = step
            const controller = new AbortController()
            waiting.add(controller)
            void Promise.resolve(gate.acquire({ cost, level: step.level as 1, signal: controller.signal })).then(
              (permit) => {
                waiting.delete(controller)
                held.push({ permit, cost })
              },
              () => aborted++,
            )
          } else if (step.kind === 'abort') {
            const controller = [...waiting][step.at % Math.max(1, waiting.size)]
            if (controller !== undefined) {
              waiting.delete(controller)
              controller.abort()
            }
          } else if (step.kind === 'release') {
            held.splice(step.at % Math.max(1, held.length), 1)[0]?.permit.release()
          } else {
            bound = Math.max(step.limit, gate.stats.inUse)
            gate.set({ limit: step.limit })
          }
          await Promise.resolve()
          await Promise.resolve()
          await Promise.resolve()
          expect(gate.stats.inUse).toBe(inUse())
          expect(gate.stats.inUse).toBeLessThanOrEqual(Math.max(bound, gate.inspect().limit))
          expect(gate.stats.waiting).toBe(waiting.size)
        }
        while (held.length > 0) {
          held.pop()?.permit.release()
          await settled()
        }
        expect(waiting.size).toBe(0)
        expect(gate.stats).toMatchObject({ inUse: 0, waiting: 0 })
        expect(gate.stats.sheds).toEqual(aborted === 0 ? {} : { aborted })
      }),
      { numRuns: 60 },
    )
  })

  it('hands a freed permit to the first in line before any other code can take it', async () => {
    const gate = limit(1, { clock: new VirtualClock() })
    const first = gate.tryAcquire() as Permit
    const order: string[] = []
    const a = Promise.resolve(gate.acquire()).then(() => order.push('a'))

    first.release()

    expect(gate.tryAcquire()).toBeUndefined()
    expect(gate.credit()).toBe(0)
    await a
    expect(order).toEqual(['a'])
  })

  it('releases once, however often it is told', () => {
    const gate = limit(2, { clock: new VirtualClock() })
    const permit = gate.tryAcquire() as Permit
    gate.tryAcquire()

    permit.release()
    permit.release('fail')
    permit[Symbol.dispose]()

    expect(gate.stats.inUse).toBe(1)
    expect(gate.credit()).toBe(1)
  })

  it('starts work heavier than the whole limit when nothing else runs', async () => {
    const gate = limit(3, { clock: new VirtualClock() })
    const small = gate.tryAcquire() as Permit
    const heavy = Promise.resolve(gate.acquire({ cost: 10 }))
    expect(gate.tryAcquire()).toBeUndefined()

    small.release()

    const permit = await heavy
    expect(gate.stats.inUse).toBe(10)
    permit.release()
    expect(gate.credit()).toBe(3)
  })

  it('does not let light work overtake a heavy waiter for ever', async () => {
    const gate = limit(3, { clock: new VirtualClock() })
    const held = [gate.tryAcquire(), gate.tryAcquire(), gate.tryAcquire()] as Permit[]
    const order: string[] = []
    void Promise.resolve(gate.acquire({ cost: 3 })).then(() => order.push('heavy'))
    void Promise.resolve(gate.acquire()).then(() => order.push('light'))

    held[0]?.release()
    held[1]?.release()
    await settled()
    expect(order).toEqual([])
    held[2]?.release()
    await settled()

    expect(order).toEqual(['heavy'])
  })

  it('keeps no rounding of fractional costs once nothing runs', () => {
    const gate = limit(1, { clock: new VirtualClock() })
    const permits = [0.1, 0.2, 0.3].map((cost) => gate.tryAcquire({ cost }) as Permit)
    for (const permit of permits) permit.release()
    expect(gate.stats.inUse).toBe(0)
    expect(gate.credit()).toBe(1)
  })

  it('lets a waiter in when a cost turns out to be less than estimated', async () => {
    const gate = limit(10, { clock: new VirtualClock() })
    const estimate = gate.tryAcquire({ cost: 10 }) as Permit
    const waiting = Promise.resolve(gate.acquire({ cost: 4 }))
    estimate.settle(6)
    await waiting
    expect(gate.stats.inUse).toBe(10)
  })

  it('counts the true cost once it is settled', () => {
    const gate = limit(10, { clock: new VirtualClock() })
    const permit = gate.tryAcquire({ cost: 8 }) as Permit
    permit.settle(3)
    expect(gate.credit()).toBe(7)
    permit.release()
    expect(gate.credit()).toBe(10)
  })

  it('lets nothing start at a limit of 0, and everything again when it is raised', async () => {
    const gate = limit(0, { clock: new VirtualClock(), line: 10 })
    expect(gate.tryAcquire()).toBeUndefined()
    const waiting = [gate.acquire(), gate.acquire()].map((permit) => Promise.resolve(permit))

    gate.set({ limit: 2 })

    await Promise.all(waiting)
    expect(gate.inspect()).toMatchObject({
      kind: 'limit',
      state: 'full',
      limit: 2,
      unit: 'permits',
      inUse: 2,
      waiting: 0,
    })
  })

  it('wakes listeners in turn when a permit comes back, and only the line while somebody stands in it', async () => {
    const gate = limit(1, { clock: new VirtualClock(), line: 5 })
    const woken: string[] = []
    const permits: Permit[] = []
    const listen = (name: string) => (): void => {
      woken.push(name)
      const permit = gate.tryAcquire()
      if (permit !== undefined) permits.push(permit)
    }
    gate.onCredit(listen('a'))
    gate.onCredit(listen('b'))
    permits.push(gate.tryAcquire() as Permit)

    permits.pop()?.release()
    permits.pop()?.release()
    permits.pop()?.release()
    expect(woken).toEqual(['a', 'b', 'a'])

    const waiting = Promise.resolve(gate.acquire())
    permits.pop()?.release()
    expect(woken).toEqual(['a', 'b', 'a'])
    ;(await waiting).release()
    expect(woken).toEqual(['a', 'b', 'a', 'b'])
  })

  it('does not recurse when a listener does its work at once', () => {
    const gate = limit(1, { clock: new VirtualClock() })
    let left = 20_000
    gate.onCredit(() => {
      if (left-- > 0) gate.tryAcquire()?.release()
    })

    gate.tryAcquire()?.release()

    expect(left).toBe(-1)
    expect(gate.stats).toMatchObject({ admitted: 20_001, inUse: 0 })
  })

  it('refuses cheaply under a flood: only the first hundred sheds carry a stack, and other errors keep theirs', async () => {
    const gate = limit(0, { clock: new VirtualClock(), line: 0 })
    const sheds: Error[] = []
    for (let i = 0; i < 150; i++) {
      await Promise.resolve(gate.acquire()).catch((shed: Error) => sheds.push(shed))
    }

    expect(sheds[0]?.stack).toContain('limit.test')
    expect(sheds[99]?.stack).toContain('limit.test')
    expect(sheds[100]?.stack).not.toContain('limit.test')
    expect(sheds[100]?.stack).toBe(`Shed: ${sheds[100]?.message}`)
    expect(Object.keys(sheds[100] ?? {})).not.toContain('stack')
    expect(sheds[149]).toMatchObject({ reason: 'limit', message: expect.stringContaining('limit refused work') })
    expect(new Error('other').stack).toContain('limit.test')
  })

  it('keeps its settings when one of those it is given is wrong', () => {
    const gate = limit(3, { clock: new VirtualClock() })
    expect(() => gate.set({ limit: -1, line: 5 })).toThrow(/^limit: /)
    expect(() => gate.set({ limit: 9, line: -1 })).toThrow(/^line: /)
    expect(gate.inspect().limit).toBe(3)
  })
})
