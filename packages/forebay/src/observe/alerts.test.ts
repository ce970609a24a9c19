import { describe, expect, test } from 'vitest'
import type { Snapshot } from '../kernel/snapshot.ts'
import { VirtualClock } from '../testkit/virtual-clock.ts'
import { snapshotAt, type FlowSketch } from '../../test/support/snapshot-pair.ts'
import { alertRules, type AlertThresholds } from './alert-rules.ts'
import { alerts, type AlertEvent, type AlertOptions, type Alerts } from './alerts.ts'
import { sampler, type Sampler } from './sampler.ts'

const calm: FlowSketch = {
  stages: { read: { busy: 0.2 }, save: { busy: 0.5 } },
  edges: { 'read>save': {} },
  loop: 0.5,
}

/** A run that does what its sketch says, a sampler that looks at it, and the alerts that watch. */
class Scene {
  readonly clock = new VirtualClock()
  readonly events: AlertEvent[] = []
  readonly lines: string[] = []
  readonly samples: Sampler
  readonly alerts: Alerts
  #sketch: FlowSketch = calm
  #over: Partial<Snapshot> = {}

  constructor(thresholds: AlertThresholds = {}, options: AlertOptions = {}) {
    const { clock } = this
    const inspect = (): Snapshot => ({ ...snapshotAt(this.#sketch, clock.now(), clock.now()), ...this.#over })
    this.samples = sampler([{ inspect }], { clock })
    this.alerts = alerts(this.samples, {
      clock,
      rules: alertRules(thresholds),
      log: (line) => this.lines.push(line),
      post: (event) => void this.events.push(event),
      ...options,
    })
  }

  async run(ms: number, sketch: FlowSketch = calm, over: Partial<Snapshot> = {}): Promise<void> {
    this.#sketch = sketch
    this.#over = over
    await this.clock.advance(ms)
  }

  told(): string[] {
    return this.events.map(({ name, state }) => `${name} ${state}`)
  }
}

const old: FlowSketch = { ...calm, edges: { 'read>save': { length: 9, oldestMs: 90_000 } } }

describe('an alert', () => {
  test('is told once when it begins and once when it ends: as an event, a line and a mark', async () => {
    const scene = new Scene()
    await scene.run(5000)
    await scene.run(20_000, old)
    expect(scene.told()).toEqual(['edge-age firing'])
    expect(scene.alerts.active()).toHaveLength(1)
    await scene.run(20_000)

    expect(scene.told()).toEqual(['edge-age firing', 'edge-age resolved'])
    expect(scene.alerts.active()).toEqual([])
    expect(scene.events[0]).toMatchObject({
      severity: 'warn',
      subject: 'run:read>save',
      sentence: 'the oldest of 9 items at read>save has waited 90 s',
      card: 'docs/operations/alerts.md#edge-age',
    })
    expect(scene.lines).toHaveLength(2)
    expect(scene.lines[0]).toContain('alert firing [warn] edge-age flow: the oldest of 9 items')
    expect(scene.samples.marks().flatMap(({ alert }) => (alert === undefined ? [] : [alert]))).toEqual([
      { name: 'edge-age', state: 'fired' },
      { name: 'edge-age', state: 'cleared' },
    ])
  })

  test('is not told when its condition is gone before its time', async () => {
    const scene = new Scene()
    for (let round = 0; round < 10; round++) {
      await scene.run(750, old)
      await scene.run(1000)
    }

    expect(scene.told()).toEqual([])
  })

  test('does not end and begin again when its condition is gone for a moment', async () => {
    const scene = new Scene()
    for (let round = 0; round < 10; round++) {
      await scene.run(2000, old)
      await scene.run(2000)
    }

    expect(scene.told()).toEqual(['edge-age firing'])
  })

  test('keeps its place when sending it fails', async () => {
    const scene = new Scene({}, { post: () => Promise.reject(new Error('nobody there')) })
    await scene.run(5000, old)

    expect(scene.alerts.active()).toHaveLength(1)
    expect(scene.lines.at(-1)).toContain('could not be posted: Error: nobody there')
  })

  test('of a flow that has failed stays', async () => {
    const scene = new Scene()
    await scene.run(1000, calm, { state: 'failed' })
    await scene.run(120_000, calm, { state: 'failed' })

    expect(scene.told()).toEqual(['failed firing'])
    expect(scene.alerts.active()).toHaveLength(1)
  })

  test('holds as long as its condition, on a clock that goes on while it is looked at', async () => {
    const always = { name: 'always', severity: 'info', forMs: 0, clearMs: 0 } as const
    const rules = [{ ...always, check: () => [{ subject: 'run', sentence: 'it is so' }] }]
    const scene = new Scene({}, { rules })
    scene.clock.readMs = 0.001
    await scene.run(10_000)

    expect(scene.told()).toEqual(['always firing'])
  })

  test('is not told any more once the watch has stopped', async () => {
    const scene = new Scene()
    scene.alerts.stop()
    await scene.run(10_000, old)

    expect(scene.told()).toEqual([])
  })

  test('writes no more than 30 lines a minute, and says how many more there were', async () => {
    const edges = Object.fromEntries(
      Array.from({ length: 100 }, (_, at) => [`read>s${at}`, { length: 1, oldestMs: 90_000 }]),
    )
    const stages = Object.fromEntries(Array.from({ length: 100 }, (_, at) => [`s${at}`, {}]))
    const scene = new Scene()
    await scene.run(10_000, { stages: { read: {}, ...stages }, edges })

    expect(scene.events).toHaveLength(100)
    expect(scene.lines).toHaveLength(30)
    scene.alerts.stop()
    expect(scene.lines.at(-1)).toBe('alerts: 70 more lines were left out')
  })
})

describe('the rules', () => {
  test('find loss only where none is allowed', async () => {
    const scene = new Scene()
    await scene.run(5000, { ...calm, edges: { 'read>save': { policy: 'drop-oldest', drops: 5 } } })
    expect(scene.told()).toEqual([])
    await scene.run(5000, { ...calm, edges: { 'read>save': { policy: 'backpressure', drops: 5 } } })

    expect(scene.told()).toEqual(['loss firing'])
    expect(scene.events[0]).toMatchObject({ severity: 'page', subject: 'run:read>save' })
  })

  test('find a ledger that does not balance, with its sum', async () => {
    const scene = new Scene()
    const ledger = { carriedIn: 0, in: 10, out: 7, dropped: { full: 1 }, deadLettered: 0, inFlight: 1, carriedOut: 0 }
    await scene.run(5000, calm, { balanced: false, ledger })

    expect(scene.told()).toEqual(['ledger firing'])
    expect(scene.events[0]?.sentence).toContain(
      '0 carried in + 10 in ≠ 7 out + 1 dropped + 0 dead-lettered + 1 in flight',
    )
  })

  test('find dead letters while they grow', async () => {
    const scene = new Scene()
    const ledger = { carriedIn: 0, in: 10, out: 5, dropped: {}, deadLettered: 5, inFlight: 0, carriedOut: 0 }
    await scene.run(5000)
    await scene.run(60_000, calm, { ledger })
    expect(scene.told()).toEqual(['dead-letters firing'])
    await scene.run(60_000, calm, { ledger })

    expect(scene.told()).toEqual(['dead-letters firing', 'dead-letters resolved'])
  })

  test('find an open breaker, also as a part of a composite', async () => {
    const scene = new Scene()
    const part = { state: 'open', retryAfterMs: 900, name: 'guard', kind: 'breaker' } as const
    const [open] = snapshotAt({ ...calm, gates: { calls: part } }, 0).gates
    await scene.run(10_000, { ...calm, gates: { calls: { kind: 'composite', parts: [open!] } } })

    expect(scene.told()).toEqual(['breaker-open firing'])
    expect(scene.events[0]?.sentence).toBe('breaker guard is open, next probe in 900 ms')
  })

  test('find a full event loop', async () => {
    const scene = new Scene()
    await scene.run(30_000, { ...calm, loop: 0.99 })

    expect(scene.told()).toEqual(['loop-saturated firing'])
  })

  test('find a source that is held back for long, and say by what', async () => {
    const scene = new Scene()
    const held: FlowSketch = {
      stages: { read: { busy: 0.1, blocked: 0.9 }, save: { busy: 0.99 } },
      edges: { 'read>save': { blocked: 0.9 } },
    }
    await scene.run(20_000, held)
    expect(scene.told()).toEqual([])
    await scene.run(30_000, held)

    expect(scene.told()).toEqual(['source-blocked firing'])
    expect(scene.events[0]?.sentence).toContain('read is held back 90 % of the time: save is the bottleneck')
    expect(scene.events[0]?.severity).toBe('info')
  })

  test('find a flow in which nothing moves, and one that has failed', async () => {
    const scene = new Scene()
    const stuck: FlowSketch = {
      stages: { read: { blocked: 1, rate: 0 }, save: { busy: 1, rate: 0 } },
      edges: { 'read>save': { blocked: 1, rate: 0, length: 64 } },
    }
    await scene.run(10_000, stuck)
    expect(scene.told()).toEqual(['stall firing'])
    await scene.run(10_000, { ...stuck, state: 'failed' })

    expect(scene.told()).toContain('failed firing')
    expect(scene.told()).toContain('stall resolved')
  })

  test('refuse thresholds that make no sense', () => {
    expect(() => alertRules({ loop: 2 })).toThrow(/loop: expected a share above 0 and up to 1, got 2/)
    expect(() => alertRules({ edgeAge: -1 })).toThrow(RangeError)
  })
})
