import { describe, expect, test, vi } from 'vitest'
import { VirtualClock } from '../testkit/virtual-clock.ts'
import { noRecord, type Lease } from './context.ts'
import { controlOf } from './control.ts'
import { seededRandom } from './random.ts'
import type { RunEnvironment } from './run-environment.ts'
import { StageAccount } from './stage-account.ts'
import { Totals } from './totals.ts'

function controlled() {
  const stage = new StageAccount({ id: '1', name: 'parse', kind: 'map', slots: 1, sync: true, meter: undefined })
  const env = {
    clock: new VirtualClock(),
    random: seededRandom(1),
    signal: AbortSignal.abort(),
    totals: new Totals(false),
  }
  const [wake, finish] = [vi.fn(), vi.fn()]
  const control = controlOf(env as unknown as RunEnvironment, { stage, wake }, finish)
  return { control, stage, env, wake, finish }
}

describe('what an operator may ask of its segment', () => {
  test('are the chance and the signal of the run, to be run again, and to get no more', () => {
    const { control, env, wake, finish } = controlled()
    expect([control.random, control.signal]).toEqual([env.random, env.signal])
    control.wake()
    expect([wake.mock.calls.length, finish.mock.calls.length]).toEqual([1, 0])
    control.finish()

    expect([wake.mock.calls.length, finish.mock.calls.length]).toEqual([1, 1])
  })

  test('is the clock of the run, whose timers count as those of the stage', () => {
    const { control, env, stage } = controlled()
    env.clock.advanceSync(3)
    control.clock.after(5, () => {})

    expect([control.clock.now(), stage.timers]).toEqual([3, 1])
  })

  test('is to throw an item away: the stage counts it, the run counts it, and its account ends', () => {
    const { control, stage, env } = controlled()
    const lease = { settle: vi.fn<Lease['settle']>(), split: vi.fn<Lease['split']>() }
    control.discard({ lease }, 'expired')
    control.discard(undefined, 'expired')

    expect([stage.discarded, env.totals.dropped]).toEqual([{ expired: 2 }, { expired: 2 }])
    expect(lease.settle).toHaveBeenCalledExactlyOnceWith('dropped', 'expired')
  })

  test('an item of no record is thrown away by the stage alone', () => {
    const { control, stage, env } = controlled()
    control.discard(noRecord, 'expired')

    expect([stage.discarded, env.totals.dropped]).toEqual([{ expired: 1 }, {}])
  })
})
