import { describe, expect, it } from 'vitest'
import { all } from '../../src/gates/all.ts'
import { breaker } from '../../src/gates/breaker/breaker.ts'
import { limit } from '../../src/gates/limit/limit.ts'
import { rate } from '../../src/gates/rate/rate.ts'
import { admit } from '../../src/gates/admit/admit.ts'
import type { Program } from '../../src/flow/program.ts'
import { flow } from '../../src/flow/sources.ts'
import type { Gate, GateInspection } from '../../src/kernel/gate.ts'
import type { Run } from '../../src/kernel/run.ts'
import type { StageSnapshot } from '../../src/kernel/snapshot.ts'
import { VirtualClock } from '../../src/testkit/virtual-clock.ts'

const nowhere = (): void => {}

/** A service that takes 100 ms and can be told to fail. */
class Service {
  isDown = false
  running = 0
  most = 0
  readonly startedAt: number[] = []
  readonly #clock: VirtualClock

  constructor(clock: VirtualClock) {
    this.#clock = clock
  }

  readonly call = async (n: number): Promise<number> => {
    this.startedAt.push(this.#clock.now())
    this.most = Math.max(this.most, ++this.running)
    await new Promise<void>((resolve) => void this.#clock.after(100, resolve))
    this.running--
    if (this.isDown) throw new Error('down')
    return n
  }
}

function stageOf(run: Run): StageSnapshot {
  return run.inspect().stages.find((stage) => stage.kind === 'mapAsync') as StageSnapshot
}

function gateOf(run: Run): GateInspection {
  return run.inspect().gates[0] as GateInspection
}

function guarded(clock: VirtualClock): Gate {
  return all(
    [
      rate({ limit: 50, per: '1s', burst: 1, clock }),
      breaker({ consecutive: 3, openFor: '2s', probes: 1, name: 'fuse', clock }),
      limit(4, { clock }),
    ],
    { name: 'service', clock },
  )
}

describe('a flow behind all([rate, breaker, limit])', () => {
  it('is held to the gate, says so, and loses nothing to a line that is bounded in time', async () => {
    const clock = new VirtualClock()
    const service = new Service(clock)
    const got: number[] = []
    const run = flow
      .range(1, 200)
      .mapAsync(service.call, { concurrency: 8, gate: guarded(clock), name: 'ask' })
      .to((n) => void got.push(n))
      .run({ clock })

    await clock.advance(2090)
    const early = stageOf(run)
    expect(gateOf(run)).toMatchObject({ kind: 'composite', name: 'service', inUse: 4, waiting: 4, sheds: {} })
    expect(early.gatedMs).toBeGreaterThan(4 * 2090 * 0.9)
    expect(early.gates).toHaveLength(1)
    expect(service.most).toBe(4)

    await clock.advance(4000)
    await run.done
    expect(got).toHaveLength(200)
    expect(run.inspect().ledger).toMatchObject({ in: 200, out: 200, dropped: {}, inFlight: 0 })
  })

  it('starts nothing while the breaker is open, holds its source, and recovers by itself', async () => {
    const clock = new VirtualClock()
    const service = new Service(clock)
    service.isDown = true
    const got: number[] = []
    const run = flow
      .range(1, 100)
      .mapAsync(service.call, { concurrency: 8, gate: guarded(clock), onError: 'resume' })
      .to((n) => void got.push(n))
      .run({ clock })

    await clock.advance(1000)
    const failed = service.startedAt.length
    expect(gateOf(run)).toMatchObject({ state: 'open', credit: 0, inUse: 0 })
    expect(failed).toBeLessThanOrEqual(6)
    expect(got).toEqual([])
    const before = stageOf(run)
    await clock.advance(900)
    const after = stageOf(run)
    expect(service.startedAt).toHaveLength(failed)
    expect(after.gatedMs - before.gatedMs).toBe(8 * 900)
    expect(after.in).toBe(before.in)

    service.isDown = false
    await clock.advance(10_000)
    await run.done
    const lost = failed
    expect(got).toHaveLength(100 - lost)
    expect(run.inspect().ledger).toMatchObject({ in: 100, out: 100 - lost, dropped: { error: lost }, inFlight: 0 })
    expect(run.inspect().balanced).toBe(true)
    expect(gateOf(run)).toMatchObject({ state: 'free', inUse: 0, waiting: 0 })
  })

  it('answers from the fallback while the breaker is open, without touching the service', async () => {
    const clock = new VirtualClock()
    const service = new Service(clock)
    service.isDown = true
    const run = flow
      .range(1, 100)
      .mapAsync(service.call, { concurrency: 4, gate: guarded(clock), fallback: (n) => -n })
      .toArray(100, { clock })

    await clock.advance(2000)

    expect(await run).toEqual(Array.from({ length: 100 }, (_, i) => -(i + 1)))
    expect(service.startedAt.length).toBeLessThanOrEqual(6)
  })

  it('lets the breaker learn of a timeout at once, while hung work keeps its permit', async () => {
    const clock = new VirtualClock()
    let started = 0
    const run = flow
      .range(1, 100)
      .mapAsync(() => (started++, new Promise<number>((resolve) => void clock.after(10_000, () => resolve(0)))), {
        concurrency: 8,
        gate: guarded(clock),
        timeout: '50ms',
        onError: 'resume',
      })
      .to(() => {})
      .run({ clock })

    await clock.advance(500)

    expect(started).toBe(4)
    expect(gateOf(run)).toMatchObject({ state: 'open', inUse: 4, zombies: 4 })
    run.cancel()
    await run.done.catch(() => {})
    await clock.advance(10_000)
    expect(gateOf(run)).toMatchObject({ inUse: 0, zombies: 0 })
  })

  it('shares one gate with plain calls: both go on, and together they keep to it', async () => {
    const clock = new VirtualClock()
    const service = new Service(clock)
    const gate = guarded(clock)
    const items = flow
      .range(1, 60)
      .mapAsync(service.call, { concurrency: 8, gate, key: () => 'flow' })
      .toArray(60, { clock })
    const calls = Array.from({ length: 60 }, (_, i) =>
      admit(gate, () => service.call(i), { key: 'calls', hold: Infinity }),
    )

    await clock.advance(1500)
    expect(service.startedAt.length).toBeGreaterThan(50)
    await clock.advance(3000)

    expect(await items).toHaveLength(60)
    expect(await Promise.all(calls)).toHaveLength(60)
    expect(service.most).toBe(4)
  })
})

describe('a flow that gives up', () => {
  const never = (): Promise<never> => new Promise(() => {})
  const pieces: readonly [string, number, (gate: Gate) => Program<number>][] = [
    ['mapAsync', 63, (gate) => flow.range(1, 99).mapAsync(never, { gate, concurrency: 64 }).to(nowhere)],
    ['mapBatches', 3, (gate) => flow.range(1, 99).mapBatches(never, { gate, items: 2, concurrency: 4 }).to(nowhere)],
  ]

  it.each(pieces)('takes its waiters out of the line at once: %s', async (_, waiting, make) => {
    const clock = new VirtualClock()
    const gate = limit(1, { clock })
    const run = make(gate).run({ clock })
    await clock.advance(10)
    expect(gate.inspect()).toMatchObject({ inUse: 1, waiting })
    run.cancel('enough')
    await clock.advance(0)

    expect(gate.inspect()).toMatchObject({ inUse: 1, waiting: 0, sheds: { aborted: waiting } })
    expect(run.inspect()).toMatchObject({ balanced: true, ledger: { inFlight: 0 } })
  })

  it('takes its item out of the line of a pace, and the tokens stay with the others', async () => {
    const clock = new VirtualClock()
    const gate = rate({ limit: 1, per: '1s', burst: 1, clock })
    const run = flow.range(1, 99).through(gate).to(nowhere).run({ clock })
    await clock.advance(10)
    expect(gate.inspect()).toMatchObject({ admitted: 1, waiting: 1 })
    run.cancel('enough')
    await clock.advance(0)
    expect(gate.inspect()).toMatchObject({ admitted: 1, waiting: 0 })
    await clock.advance(1000)

    expect(gate.tryAcquire()).toBeDefined()
    expect(run.inspect()).toMatchObject({ balanced: true, ledger: { out: 1, inFlight: 0 } })
  })
})
