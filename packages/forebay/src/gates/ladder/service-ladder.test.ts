import { describe, expect, it } from 'vitest'
import { VirtualClock } from '../../testkit/virtual-clock.ts'
import type { Permit } from '../../kernel/gate.ts'
import { limit } from '../limit/limit.ts'
import { serviceLadder } from './service-ladder.ts'
import type { ServiceLadder } from './service-ladder.ts'

const rungs = ['full', 'no-recommendations', 'cached'] as const

/** A request every 10 ms for so long; the rungs that it was answered on. */
function ask(clock: VirtualClock, ladder: { readonly rung: string }, ms: number): string[] {
  const seen: string[] = []
  for (const end = clock.now() + ms; clock.now() < end; clock.advanceSync(10)) {
    const { rung } = ladder
    if (seen.at(-1) !== rung) seen.push(rung)
  }
  return seen
}

describe('a ladder of service', () => {
  it('goes down one rung in a hold while the gate lets nobody in, and up again when it does', () => {
    const clock = new VirtualClock()
    const gate = limit(2, { clock })
    const changes: string[] = []
    const ladder = serviceLadder(gate, rungs, {
      hold: '1s',
      onChange: ({ from, to, pressure, at }) => changes.push(`${at}: ${from} → ${to} at ${pressure}`),
    })
    const held = [gate.tryAcquire(), gate.tryAcquire()] as Permit[]

    expect(ask(clock, ladder, 5000)).toEqual(['full', 'no-recommendations', 'cached'])
    expect(changes).toEqual(['1000: full → no-recommendations at 1', '2000: no-recommendations → cached at 1'])
    for (const permit of held) permit.release()
    expect(ask(clock, ladder, 4000)).toEqual(['cached', 'no-recommendations', 'full'])
    expect(ladder.inspect()).toEqual({ name: 'full', index: 0, of: 3, changes: 4, pressure: 0 })
  })

  it('does not flap when the better rung does not bear the load', () => {
    const clock = new VirtualClock()
    let isLoaded = true
    const ladder: ServiceLadder = serviceLadder(limit(1, { clock }), ['full', 'cheap'], {
      hold: '1s',
      pressure: () => (isLoaded && ladder.inspect().index === 0 ? 1 : 0),
    })
    const changesIn = (ms: number): number => {
      const before = ladder.inspect().changes
      ask(clock, ladder, ms)
      return ladder.inspect().changes - before
    }
    const first = changesIn(60_000)
    const later = changesIn(60_000)

    expect(first).toBeLessThan(16)
    expect(later).toBeLessThan(6)
    isLoaded = false
    ask(clock, ladder, 40_000)
    expect(ladder.rung).toBe('full')
  })

  it('stays where it is between the two bounds', () => {
    const clock = new VirtualClock()
    const gate = limit(10, { clock })
    const ladder = serviceLadder(gate, rungs)
    for (let i = 0; i < 7; i++) gate.tryAcquire()

    expect(ask(clock, ladder, 10_000)).toEqual(['full'])
  })

  it('is back at its best after a time without requests, if there is room when the next one comes', () => {
    const clock = new VirtualClock()
    const gate = limit(1, { clock })
    const ladder = serviceLadder(gate, rungs)
    const permit = gate.tryAcquire() as Permit
    ask(clock, ladder, 5000)
    clock.advanceSync(3_600_000)
    expect(ladder.rung).toBe('cached') // it is as full as before: what was in between is not known

    permit.release()
    clock.advanceSync(3_600_000)
    expect(ladder.rung).toBe('full')
  })

  it('goes on when the clock has gone back', () => {
    let now = 1000
    const clock = Object.assign(new VirtualClock(), { now: () => now })
    const gate = limit(0, { clock })
    const ladder = serviceLadder(gate, rungs, { hold: '1s' })
    for (now = 5000; now < 8000; now += 100) void ladder.rung
    expect(ladder.inspect().index).toBe(2)
    gate.set({ limit: 5 })
    for (now = 0; now < 4000; now += 100) void ladder.rung

    expect(ladder.inspect()).toMatchObject({ index: 0, pressure: 0 })
  })

  it('reads the pressure some twenty times a hold, however many requests come', () => {
    const clock = new VirtualClock()
    let reads = 0
    const ladder = serviceLadder(limit(1, { clock }), rungs, { hold: '1s', pressure: () => Math.min(0, reads++) })
    for (let i = 0; i < 10_000; i++) {
      void ladder.rung
      clock.advanceSync(0.1)
    }

    expect(reads).toBeGreaterThan(15)
    expect(reads).toBeLessThan(25)
  })

  it('says whether something is worth doing on the rung of now', () => {
    const clock = new VirtualClock()
    const ladder = serviceLadder(limit(0, { clock }), rungs)
    ask(clock, ladder, 1500)

    expect(rungs.map((rung) => ladder.isAtLeast(rung))).toEqual([false, true, true])
    expect(() => ladder.isAtLeast('none' as 'full')).toThrow('rung: expected one of full, no-recommendations, cached')
  })

  it('refuses rungs, bounds and times that make no sense', () => {
    const gate = limit(1)
    expect(() => serviceLadder({} as typeof gate, rungs)).toThrow('gate: expected a gate')
    expect(() => serviceLadder(gate, ['one'])).toThrow('rungs: expected 2 to 16 names, got 1')
    expect(() => serviceLadder(gate, ['a', 'a'])).toThrow('rungs: expected different names')
    expect(() => serviceLadder(gate, ['a', 'b\r\nx: y'])).toThrow('rungs: expected names of letters')
    expect(() => serviceLadder(gate, rungs, { down: 0.5, up: 0.6 })).toThrow('up: expected less than down')
    expect(() => serviceLadder(gate, rungs, { hold: 0 })).toThrow('hold: expected a duration > 0')
    expect(() => serviceLadder(gate, rungs, { pressure: () => 2 }).rung).toThrow('pressure: expected')
  })
})
