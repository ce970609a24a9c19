import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { admit } from '../../gates/admit/admit.ts'
import { all } from '../../gates/all.ts'
import { balance } from '../../gates/balance/balance.ts'
import { breaker } from '../../gates/breaker/breaker.ts'
import { keyed } from '../../gates/keyed.ts'
import { aimd } from '../../gates/limit/aimd.ts'
import { serviceLadder } from '../../gates/ladder/service-ladder.ts'
import { limit } from '../../gates/limit/limit.ts'
import { adaptiveRate } from '../../gates/rate/adaptive-rate.ts'
import { rate } from '../../gates/rate/rate.ts'
import type { AskCounts, Gate, GateNotes, Permit, PermitOutcome } from '../../kernel/gate.ts'
import { flow } from '../../index.ts'
import { settled, VirtualClock } from '../../testkit/virtual-clock.ts'
import { metricsText } from '../metrics-text.ts'
import { observeGates } from './observe-gates.ts'

const startedAt = new VirtualClock().wall()
const notesOf = (gate: Gate): GateNotes => gate.inspect().notes as GateNotes

describe('gates that are observed', () => {
  it('show who asked, what was given and what was refused, by caller and by level', async () => {
    const clock = new VirtualClock()
    const gate = limit(1, { clock, line: { max: 1, overflow: 'reject', hold: '1s' } })
    observeGates([gate], { clock })
    const held = gate.tryAcquire({ key: 'a' }) as Permit
    const waits = gate.acquire({ key: 'b', level: 2 })
    await expect(gate.acquire({ key: 'a', level: 3 })).rejects.toMatchObject({ reason: 'line' })

    expect(notesOf(gate).callers).toEqual([
      { key: 'a', asked: 2, given: 1, waiting: 0, sheds: { line: 1 }, share: 1 },
      { key: 'b', asked: 1, given: 0, waiting: 1, sheds: {}, share: 0 },
    ])
    held.release()
    ;(await waits).release()
    const { callers, levels } = notesOf(gate)
    expect(callers[1]).toMatchObject({ key: 'b', given: 1, waiting: 0, share: 0.5 })
    expect(levels).toEqual([
      { asked: 0, given: 0, waiting: 0, sheds: {} },
      { asked: 1, given: 1, waiting: 0, sheds: {} },
      { asked: 1, given: 1, waiting: 0, sheds: {} },
      { asked: 1, given: 0, waiting: 0, sheds: { line: 1 } },
    ])
  })

  it('count callers that gave up, in line and before', async () => {
    const gate = limit(0, { clock: new VirtualClock(), line: 10 })
    observeGates([gate])
    const abort = new AbortController()
    const waits = gate.acquire({ key: 'a', signal: abort.signal })
    abort.abort()
    await expect(waits).rejects.toMatchObject({ code: 'FOREBAY_CANCELLED' })
    await expect(gate.acquire({ key: 'a', signal: abort.signal })).rejects.toMatchObject({ code: 'FOREBAY_CANCELLED' })

    expect(notesOf(gate).callers).toMatchObject([{ key: 'a', asked: 2, waiting: 0, sheds: { aborted: 2 } }])
  })

  it('say how long work kept its permit, whoever gave it back', async () => {
    const clock = new VirtualClock()
    const gate = limit(100, { clock })
    observeGates([gate], { clock })
    for (let i = 1; i <= 100; i++) {
      void admit(gate, () => new Promise<void>((resolve) => void clock.after(i, resolve)), { timeout: '1s' })
    }
    await clock.advance(200)

    const { latency } = notesOf(gate)
    expect(latency.p50Ms).toBeGreaterThan(47)
    expect(latency.p50Ms).toBeLessThan(54)
    expect(latency.p99Ms).toBeGreaterThan(94)
    expect(gate.stats.inUse).toBe(0)
  })

  it('take no work for ended twice, and count work that outlives its caller', async () => {
    const clock = new VirtualClock()
    const gate = limit(20, { clock })
    observeGates([gate], { clock })
    for (let i = 0; i < 10; i++) {
      const permit = gate.tryAcquire() as Permit
      permit.release()
      permit.release()
    }
    expect(notesOf(gate).latency.p50Ms).toBe(0) // of ten pieces nothing can be said, of twenty it could
    let end!: () => void
    const call = admit(gate, () => new Promise<void>((resolve) => (end = resolve)), { timeout: '1s' })
    call.catch(() => {})
    await clock.advance(1500)
    expect(gate.stats).toMatchObject({ zombies: 1, inUse: 1 })
    end()
    await settled()
    expect(gate.stats).toMatchObject({ zombies: 0, inUse: 0 })
  })

  it('leave out whoever stood in line before anybody looked', async () => {
    const clock = new VirtualClock()
    const gate = limit(1, { clock })
    const held = gate.tryAcquire() as Permit
    const waits = gate.acquire({ key: 'early' })
    observeGates([gate], { clock })
    held.release()
    await waits

    expect(notesOf(gate).levels[1]).toEqual({ asked: 1, given: 1, waiting: 0, sheds: {} })
  })

  it('tell refusals with the part of the composite that is in the way, and with the caller', async () => {
    const clock = new VirtualClock()
    const share = keyed(() => rate({ limit: 1, burst: 1, name: 'share', clock }), { clock })
    const gate = all([share, limit(8, { clock, name: 'workers' })], { line: 0, clock, name: 'z' })
    observeGates([gate], { clock })
    gate.tryAcquire({ key: 'A' })
    for (let i = 0; i < 5; i++) await expect(gate.acquire({ key: 'A' })).rejects.toThrow('share refused work (rate)')

    expect(notesOf(gate).decisions).toEqual([
      { wall: clock.wall(), kind: 'shed', count: 5, text: expect.stringMatching(/^A: share refused work \(rate\);/) },
    ])
  })

  it('tell limits that moved, and breakers that changed, with the reason', async () => {
    const clock = new VirtualClock()
    const slots = limit(aimd({ initial: 40, backoff: 0.8 }), { clock, name: 'slots' })
    const fuse = breaker({ consecutive: 1, openFor: '5s', clock, name: 'fuse' })
    const gate = all([slots, fuse], { clock })
    observeGates([gate], { clock })
    expect(notesOf(gate).decisions).toEqual([])
    clock.advanceSync(1000)
    const permit = gate.tryAcquire() as Permit
    permit.release('drop')

    const { notes, parts } = gate.inspect()
    expect(notes?.decisions.map(({ kind, text }) => `${kind}: ${text}`).toSorted()).toEqual([
      'breaker: fuse closed → open: next probe in 5000 ms',
      'limit: slots 40 → 32: the other side has said that it has too much to do',
    ])
    expect(parts?.find(({ kind }) => kind === 'breaker')?.since).toBe(1000)
    clock.advanceSync(500)
    expect(gate.inspect().parts?.find(({ kind }) => kind === 'breaker')?.since).toBe(1000)
    slots.set({ limit: 33 })
    expect(notesOf(gate).decisions).toHaveLength(2) // a step too small to tell
  })

  it('tell what came and went between two looks, in the parts of a gate and in its targets', () => {
    const clock = new VirtualClock()
    const slots = limit(aimd({ initial: 40, backoff: 0.5 }), { clock, name: 'slots' })
    const pace = adaptiveRate({ max: 100, burst: 100, clock, name: 'pace' })
    const fuse = breaker({ consecutive: 1, openFor: '10ms', probes: 1, clock, name: 'fuse' })
    const gate = balance([{ name: 'only', gate: all([slots, pace, fuse], { clock }) }], { clock })
    const gates = observeGates([gate, slots], { clock })
    const ends = (outcome: PermitOutcome): void => {
      const permit = gate.tryAcquire() as Permit
      clock.advanceSync(5)
      permit.release(outcome)
    }
    gates.inspect()
    ends('drop')
    clock.advanceSync(10)
    slots.set({ limit: 40 })
    pace.set({ min: 99, max: 100 })
    ends('ok')

    const told = notesOf(gate).decisions.map(({ kind, wall, text }) => `${wall - startedAt} ${kind} ${text}`)
    expect(told.toSorted()).toEqual([
      '15 breaker fuse open → half-open',
      '15 limit pace 70/s → 99/s',
      '15 limit slots 20 → 40',
      '20 breaker fuse half-open → closed',
      '5 breaker fuse closed → open: next probe in 10 ms',
      '5 limit pace 100/s → 70/s',
      '5 limit slots 40 → 20: the other side has said that it has too much to do',
    ])
    expect(notesOf(slots).decisions.map(({ text }) => text)).toHaveLength(2)
    gates.stop()
    slots.set({ limit: 10 })
    observeGates([slots], { clock })
    expect(notesOf(slots).decisions).toEqual([])
  })

  it('say what is left of the budget for doing work again', async () => {
    const clock = new VirtualClock()
    const gate = limit(10, { clock })
    observeGates([gate], { clock })
    const call = admit(gate, () => Promise.reject(new Error('down')), { retry: { max: 2 } })
    call.catch(() => {})
    await clock.advance(60_000)
    await settled()

    expect(gate.inspect().again).toMatchObject({ taken: 2, refused: 0 })
  })

  it('count what the gate counts, whatever is asked, given up, ended and shed in which order', async () => {
    const step = fc.record({
      what: fc.constantFrom('acquire', 'try', 'abort', 'release', 'wait'),
      key: fc.constantFrom('a', 'b', 'c', 'd'),
      level: fc.constantFrom(0 as const, 1 as const, 2 as const, 3 as const),
    })
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 60 }), async (steps) => {
        const clock = new VirtualClock()
        const gate = limit(2, { clock, line: { max: 3, hold: '100ms' } })
        observeGates([gate], { clock, callers: 2 })
        const permits: Permit[] = []
        const aborts: AbortController[] = []
        for (const { what, key, level } of steps) {
          if (what === 'acquire') {
            const abort = new AbortController()
            aborts.push(abort)
            const asked = Promise.resolve(gate.acquire({ key, level, signal: abort.signal }))
            asked.then(
              (permit) => permits.push(permit),
              () => {},
            )
          } else if (what === 'try') {
            const permit = gate.tryAcquire({ key, level })
            if (permit !== undefined) permits.push(permit)
          } else if (what === 'abort') aborts.pop()?.abort()
          else if (what === 'release') permits.shift()?.release()
          else await clock.advance(60)
          await settled()
        }
        const { notes, admitted, waiting, sheds } = gate.inspect()
        const { levels, callers, others } = notes as GateNotes
        for (const counts of [levels, [...callers, others]]) {
          const sum = (of: (one: AskCounts) => number): number => counts.reduce((all, one) => all + of(one), 0)
          expect(sum((one) => one.given)).toBe(admitted)
          expect(sum((one) => one.waiting)).toBe(waiting)
          for (const reason of ['limit', 'line', 'evicted', 'aborted']) {
            expect(sum((one) => one.sheds[reason] ?? 0)).toBe(sheds[reason] ?? 0)
          }
        }
      }),
      { numRuns: 150 },
    )
  })

  it('hand on which target the work is to go to', async () => {
    const clock = new VirtualClock()
    const replicas = balance([{ name: 'only', gate: limit(2, { clock }) }], { clock })
    observeGates({ replicas }, { clock })

    expect(await replicas.call((target) => target.name)).toBe('only')
    expect(replicas.inspect().notes?.levels[1]).toMatchObject({ asked: 1, given: 1 })
    expect(replicas.stats.inUse).toBe(0)
  })

  it('stand in flows with their notes', async () => {
    const clock = new VirtualClock()
    const gate = limit(2, { clock, name: 'calls' })
    const gates = observeGates([gate], { clock })
    const work = (ms: number): Promise<void> => new Promise((resolve) => void clock.after(ms, resolve))
    const run = flow([10, 10, 10, 10, 20, 10])
      .mapAsync(work, { gate, concurrency: 6, key: (ms) => `${ms}` })
      .to(() => {})
      .run({ clock })
    await clock.advance(100)
    await run.done

    const [seen] = run.inspect().gates
    expect(seen?.notes?.callers).toMatchObject([
      { key: '10', asked: 5, given: 5, waiting: 0 },
      { key: '20', asked: 1, given: 1, waiting: 0 },
    ])
    expect(seen?.notes?.callers[0]?.share).toBeCloseTo(5 / 6)
    gates.stop()
  })

  it('look to a sampler like a run without stages, under the names that they were given', () => {
    const clock = new VirtualClock()
    const seen = observeGates({ api: limit(1, { clock }), database: limit(2, { clock }) }, { name: 'server', clock })
    const { flow, state, gates, stages, balanced } = seen.inspect()

    expect({ flow, state, stages, balanced }).toEqual({ flow: 'server', state: 'running', stages: [], balanced: true })
    expect(gates.map(({ name, limit: most }) => [name, most])).toEqual([
      ['api', 1],
      ['database', 2],
    ])
    expect(new Set(gates.map(({ id }) => id)).size).toBe(2)
  })

  it('are as they were once nobody looks', () => {
    const gate = limit(2, { clock: new VirtualClock() })
    const first = observeGates([gate])
    const second = observeGates([gate])
    gate.tryAcquire({ key: 'a' })
    first.stop()
    first.stop()
    expect(notesOf(gate).callers).toHaveLength(1)
    second.stop()

    expect(gate.inspect().notes).toBeUndefined()
    expect(second.inspect().state).toBe('done')
  })

  it('tell on which rung the requests behind them are answered, and when that changed', () => {
    const clock = new VirtualClock()
    const gate = limit(1, { clock, name: 'shop' })
    const ladder = serviceLadder(gate, ['full', 'cached'], { hold: '1s' })
    const gates = observeGates([gate], { clock, ladders: [ladder] })
    expect(gate.inspect().rung).toMatchObject({ name: 'full', index: 0, of: 2 })
    gate.tryAcquire()
    for (let ms = 0; ms < 1100; ms += 50) {
      void ladder.rung
      clock.advanceSync(50)
    }

    expect(gates.inspect().gates[0]?.rung).toMatchObject({ name: 'cached', changes: 1 })
    expect(notesOf(gate).decisions).toMatchObject([{ kind: 'rung', text: 'full → cached: pressure 100 %' }])
    expect(metricsText([gates.inspect()])).toContain('forebay_gate_rung{flow="gates",gate="shop"} 1\n')
    const other = limit(1)
    expect(() => observeGates([other], { ladders: [ladder] })).toThrow('ladders: expected one of a gate that is given')
    expect(other.inspect().notes).toBeUndefined()
  })

  it('refuse what is no gate and bounds that make no sense', () => {
    expect(() => observeGates([{} as Gate])).toThrow('gates.0: expected a gate, got')
    expect(() => observeGates([], { callers: 0 })).toThrow('callers: expected')
    expect(() => observeGates([], { decisions: 1e9 })).toThrow('decisions: expected')
  })
})
