import { describe, expect, it } from 'vitest'
import { VirtualClock } from '../testkit/virtual-clock.ts'
import { Meter } from './meter.ts'
import { operator } from './operator.ts'
import { BLOCKED, BUSY, GATED, STARVED, StageAccount } from './stage-account.ts'

function accounting(slots = 1, options: { sync?: boolean; metered?: boolean } = {}) {
  const clock = new VirtualClock()
  const meter = options.metered === false ? undefined : new Meter(clock)
  const stage = new StageAccount({ id: 's0', name: 'work', kind: 'map', slots, sync: options.sync ?? false, meter })
  const times = (): number[] => {
    const { busyMs, blockedMs, starvedMs, gatedMs } = stage.inspect()
    return [busyMs, blockedMs, starvedMs, gatedMs]
  }
  return { clock, meter, stage, times }
}

describe('the time of the slots of a stage', () => {
  it('is starved until something comes, and goes to the state that each slot is in', async () => {
    const { clock, stage, times } = accounting(3)
    await clock.advance(10)
    stage.move(STARVED, BUSY)
    await clock.advance(20)
    stage.move(STARVED, GATED)
    stage.move(BUSY, BLOCKED)
    await clock.advance(5)

    expect(times()).toEqual([20, 5, 10 * 3 + 20 * 2 + 5, 5])
    expect(stage.inspect().slotsIn).toEqual([0, 1, 1, 1])
    expect(stage.blockedMs()).toBeCloseTo(5 / 3)
  })

  it('goes by the last reading of the clock for slots that take an item without looking', async () => {
    const { clock, meter, stage, times } = accounting(2)
    await clock.advance(10)
    meter?.now()
    stage.enter()
    stage.enter()
    await clock.advance(20)
    meter?.now()
    stage.catchUp()
    stage.leave(BUSY)
    await clock.advance(5)
    meter?.now()
    stage.enter()
    await clock.advance(1)

    expect(times()).toEqual([20 * 2 + 5 + 2, 0, 10 * 2 + 5, 0])
    expect(stage.inspect().slotsIn).toEqual([2, 0, 0, 0])
  })

  it('is the same whoever looks in between', async () => {
    const { clock, stage, times } = accounting()
    for (let n = 0; n < 4; n++) {
      stage.to(BUSY)
      await clock.advance(3)
      stage.blockedMs()
      stage.to(BLOCKED)
      stage.to(BLOCKED)
      await clock.advance(2)
      times()
      stage.to(STARVED)
    }

    expect(times()).toEqual([12, 8, 0, 0])
    expect(stage.blockedMs()).toBe(8)
  })

  it('follows the number of slots, which come and go starved', async () => {
    const { clock, stage, times } = accounting(2)
    stage.move(STARVED, BUSY)
    await clock.advance(10)
    stage.resize(5)
    await clock.advance(10)
    stage.resize(1)
    await clock.advance(10)

    expect(times()).toEqual([30, 0, 10 + 40, 0])
    expect(stage.inspect()).toMatchObject({ slots: 1, slotsIn: [1, 0, 0, 0] })
  })

  it('of work that was done in between is taken from what was starved', async () => {
    const { clock, stage, times } = accounting(1, { sync: true })
    await clock.advance(10)
    stage.wasBusy(4)

    expect(times()).toEqual([4, 0, 6, 0])
    expect(stage.inspect()).toMatchObject({ cpuMs: 4, service: { sum: 4 } })
  })

  it('is not kept when accounting is off', async () => {
    const { clock, stage, times } = accounting(1, { metered: false })
    stage.move(STARVED, BUSY)
    stage.to(BLOCKED)
    stage.wasBusy(4)
    await clock.advance(10)
    stage.resize(2)

    expect(times()).toEqual([0, 0, 0, 0])
    expect(stage.blockedMs()).toBe(0)
    expect(stage.inspect()).not.toHaveProperty('stillMs')
    expect(stage.inspect().service.counts.every((count) => count === 0)).toBe(true)
  })

  it('tells for how long nothing has moved', async () => {
    const { clock, stage } = accounting()
    await clock.advance(5)
    stage.to(BUSY)
    await clock.advance(30)
    expect(stage.inspect().stillMs).toBe(30)

    expect(stage.inspect().stillMs).toBe(30)

    await clock.advance(1)
    stage.to(STARVED)
    await clock.advance(2)
    stage.blockedMs()
    await clock.advance(3)
    expect(stage.inspect().stillMs).toBe(5)
  })
})

describe('the items of a stage', () => {
  it('are settled, failed, discarded or in flight', () => {
    const { stage } = accounting()
    stage.in = 10
    stage.failed = 1
    stage.inFlight = 2
    stage.discard('late')
    stage.discard('late', 2)
    stage.discard('cancelled')

    expect(stage.settled).toBe(3)
    expect(stage.inspect()).toMatchObject({ in: 10, settled: 3, discarded: { late: 3, cancelled: 1 }, inFlight: 2 })
  })

  it('are counted for the last time when it is over', () => {
    const { stage } = accounting()
    let asked = 0
    stage.refresh = () => {
      stage.in = ++asked
    }
    stage.inFlight = 1
    stage.inspect()
    stage.close()
    stage.close()
    stage.inspect()

    expect([asked, stage.in, stage.inFlight]).toEqual([2, 2, 0])
  })

  it('go to the stage that takes over', () => {
    const { stage } = accounting()
    const { stage: gone } = accounting()
    for (const each of [stage, gone]) {
      each.in = 9
      each.failed = 2
      each.emitted = 3
      each.retried = 4
      each.discard('late', 5)
    }
    gone.discard('shed')
    stage.absorb(gone)

    expect(stage.inspect()).toMatchObject({
      in: 18,
      failed: 4,
      emitted: 6,
      retried: 8,
      discarded: { late: 10, shed: 1 },
    })
  })
})

describe('the service times of a stage', () => {
  it('fall into buckets up to their bounds; only what is not quick counts into the sum', () => {
    const { stage } = accounting()
    for (const ms of [0, 1 / 16, 0.0626, 0.125, 0.126, 1, 65_536, 65_537, 1e9]) stage.served(ms)
    const { bounds, counts, sum } = stage.inspect().service

    expect(bounds).toHaveLength(21)
    expect(counts).toHaveLength(22)
    expect([bounds[0], bounds[1], bounds[20]]).toEqual([1 / 16, 1 / 8, 65_536])
    expect(counts.slice(0, 5)).toEqual([2, 2, 1, 0, 1])
    expect(counts.slice(19)).toEqual([0, 1, 2])
    expect(counts.reduce((all, count) => all + count)).toBe(9)
    expect(sum).toBeCloseTo(0.0626 + 0.125 + 0.126 + 1 + 65_536 + 65_537 + 1e9, 3)
  })
})

describe('the operators of a stage', () => {
  const one = operator('one', { cardinality: 'one' }, (down) => down)
  const many = operator('many', { cardinality: 'many' }, (down) => down)

  it('share its time evenly until it is known who uses it', () => {
    const { stage } = accounting()
    stage.add([one, one])
    expect(stage.inspect().operators).toEqual([
      { name: 'one', share: 0.5 },
      { name: 'one', share: 0.5 },
    ])

    stage.operators[0]!.ms = 3
    stage.operators[1]!.ms = 1
    expect(stage.inspect().operators.map(({ share }) => share)).toEqual([0.75, 0.25])
  })

  it('say whether it may make several items of one, once and for all', () => {
    const { stage } = accounting()
    stage.add([one])
    expect(stage.makesItems).toBe(false)
    stage.add([one, many])
    expect(stage.makesItems).toBe(true)
    stage.add([one])
    expect(stage.makesItems).toBe(true)
    expect(stage.operators.map(({ name }) => name)).toEqual(['one', 'one', 'many', 'one'])
  })
})
