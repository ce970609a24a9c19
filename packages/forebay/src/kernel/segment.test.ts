import { describe, expect, test } from 'vitest'
import { SegmentRig } from '../../test/support/segment-rig.ts'
import { map, twice } from '../../test/support/spied-operators.ts'
import { operator, type Operator } from './operator.ts'

describe('a segment', () => {
  test('hands on what was asked for, through its operators, and no more', () => {
    const r = new SegmentRig([map((n: number) => n * 10), map((n: number) => n + 1)])
    r.give(1, 2, 3)
    expect([r.received, r.pull.runs]).toEqual([[], 1])
    r.segment.request(2)
    expect([r.received, r.segment.n]).toEqual([[11, 21], 0])
    r.segment.request(5)

    expect([r.received, r.segment.n]).toEqual([[11, 21, 31], 4])
    const { runs } = r.pull
    r.segment.revoke()
    r.segment.request(0)
    expect(r.pull.runs).toBe(runs)
  })

  test('is not run again by what it asks for while it runs', () => {
    const r = new SegmentRig()
    r.pull.items.push([1, undefined], [2, undefined], [3, undefined])
    r.onNext = () => r.segment.request(1)
    r.segment.request(1)

    expect([r.received, r.pull.runs]).toEqual([[1, 2, 3], 1])
  })

  test('looks once more when it is woken while it runs, and only then', () => {
    const r = new SegmentRig()
    r.onNext = (value) => {
      if (value === 1) r.segment.wake()
      if (value === 2) r.segment.wakeSoon()
    }
    r.pull.items.push([1, undefined])
    r.segment.request(9)
    expect(r.pull.runs).toBe(2)
    r.give(2)
    expect(r.pull.runs).toBe(4)
    r.give(3)

    expect(r.pull.runs).toBe(5)
  })

  test('wakes in the same turn as promises that settle together', async () => {
    const r = new SegmentRig()
    r.segment.request(9)
    const { runs } = r.pull
    r.pull.items.push([1, undefined])
    r.segment.wakeSoon()
    r.segment.wakeSoon()
    expect(r.received).toEqual([])
    await Promise.resolve()
    await Promise.resolve()
    await Promise.resolve()

    expect([r.received, r.pull.runs]).toEqual([[1], runs + 1])
  })

  test('lets others have their turn, and goes on in the next', () => {
    const r = new SegmentRig()
    for (let n = 0; n < 5000; n++) r.pull.items.push([n, undefined])
    r.clock.readMs = 1
    r.segment.request(1_000_000)
    expect(r.received.length).toBeLessThan(5000)
    r.clock.readMs = 0
    r.clock.advanceSync(10)

    expect(r.received).toHaveLength(5000)
  })

  test('tells its account: what came, what went, what is held or in work', () => {
    const r = new SegmentRig([twice()])
    const seen: unknown[] = []
    const account = (): unknown[] => {
      const { in: came, emitted, inFlight } = r.stage.inspect()
      return [came, emitted, inFlight]
    }
    expect(account()).toEqual([0, 0, 0])
    r.onNext = () => seen.push(account())
    r.give(7, 8)
    r.segment.request(1)
    expect([seen, account()]).toEqual([[[1, 1, 2]], [1, 1, 1]])
    r.segment.request(1)

    expect(account()).toEqual([1, 2, 0])
  })

  test('is busy while it runs, blocked without credit, and starved with it', () => {
    const r = new SegmentRig()
    const times = (): number[] => {
      const { busyMs, blockedMs, starvedMs } = r.stage.inspect()
      return [busyMs, blockedMs, starvedMs]
    }
    r.onNext = () => r.clock.advanceSync(3)
    r.clock.advanceSync(10)
    r.give(1)
    expect(times()).toEqual([0, 0, 10])
    r.clock.advanceSync(5)
    r.segment.request(2)
    expect(times()).toEqual([3, 5, 10])
    r.clock.advanceSync(7)
    r.finish()
    r.clock.advanceSync(2)

    expect(times()).toEqual([3, 5, 19])
  })

  test('of a mere passage keeps no account, and has the blocked time of what it carries from', () => {
    const owner = new SegmentRig()
    expect(owner.segment.blockedMs()).toBeUndefined()
    const r = new SegmentRig([], { ownsStage: false })
    expect(r.segment.blockedMs()).toBeUndefined()
    Object.assign(r.pull, { blockedMs: () => 5 })
    expect(r.segment.blockedMs()).toBe(5)
    r.onNext = () => r.clock.advanceSync(3)
    r.give(1)
    r.segment.request(1)

    expect(r.stage.inspect()).toMatchObject({ in: 0, busyMs: 0, blockedMs: 0 })
  })

  test('has looked at the clock before anything below it runs, also where it keeps no account of time', () => {
    for (const options of [{}, { ownsStage: false }, { accounting: false }]) {
      const r = new SegmentRig([], options)
      const readings: number[] = []
      r.onNext = () => readings.push(r.meter.t)
      r.clock.advanceSync(5)
      r.give(1)
      r.clock.advanceSync(2)
      r.segment.request(1)
      expect(readings).toEqual([7])
    }
  })

  test('tells its source how many items it may hand over before it is to report', () => {
    const r = new SegmentRig()
    r.pull.items.push([1, undefined], [2, undefined], [3, undefined])
    r.segment.request(3)

    expect(r.pull.looks).toEqual([
      [8, false],
      [7, false],
      [6, false],
    ])
  })

  test('asks no operator for what it holds without credit for that', () => {
    const asked: string[] = []
    const holding = (name: string): Operator =>
      operator<any, any>(name, { cardinality: 'many', bound: 8 }, (down) => ({
        push: (value, context) => down.push(value, context),
        pull: () => {
          asked.push(name)
          down.push(name, undefined)
        },
      }))
    const r = new SegmentRig([holding('first'), holding('last')])
    r.segment.wake()
    expect(asked).toEqual([])
    r.segment.request(1)

    expect([asked, r.received]).toEqual([['last'], ['last']])
  })
})

describe('an item that lies ready behind a mere passage', () => {
  const buffer = () => {
    const taken: unknown[] = [1, 2]
    return {
      taken: undefined as unknown,
      context: undefined,
      takeReady(): boolean {
        this.taken = taken.shift()
        return this.taken !== undefined
      },
    }
  }

  test('is taken without a run, and counts as handed on', () => {
    const ready = buffer()
    const r = new SegmentRig([], { ownsStage: false, ready })

    expect([r.segment.takeReady()?.taken, r.segment.takeReady()?.taken, r.segment.takeReady()]).toEqual([
      1,
      2,
      undefined,
    ])
    expect([r.pull.runs, r.segment.spent()]).toEqual([0, 2])
  })

  test('is not taken while something was asked for, after the end, nor past operators', () => {
    const asked = new SegmentRig([], { ownsStage: false, ready: buffer() })
    asked.segment.request(1)
    expect(asked.segment.takeReady()).toBeUndefined()
    const over = new SegmentRig([], { ownsStage: false, ready: buffer() })
    over.segment.cancel('enough')
    expect(over.segment.takeReady()).toBeUndefined()
    expect(new SegmentRig([map((n) => n)], { ownsStage: false, ready: buffer() }).segment.takeReady()).toBeUndefined()
    expect(new SegmentRig([], { ready: buffer() }).segment.takeReady()).toBeUndefined()
  })
})

test('what a source has at hand goes at once to a buffer behind it, where all its records are alike and nothing is between', () => {
  const shared = { fill: () => 0, enter: () => undefined }

  expect(new SegmentRig([], shared).pull.generated).toBeTypeOf('function')
  expect(new SegmentRig([map((n) => n)], shared).pull.generated).toBeUndefined()
  expect(new SegmentRig([], { enter: () => undefined }).pull.generated).toBeUndefined()
})
