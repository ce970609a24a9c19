import { describe, expect, it } from 'vitest'
import { VirtualClock, settled } from '../../testkit/virtual-clock.ts'
import { limit } from '../limit/limit.ts'
import { admit } from './admit.ts'
import type { Call } from './call.ts'
import { coalesce } from './coalesce.ts'

const failure = (error: unknown): unknown => error

/** Work that takes 100 ms and counts how often it was done. */
function counted(clock: VirtualClock) {
  const calls: Call[] = []
  const work = (call: Call): Promise<string> => {
    calls.push(call)
    const name = `call ${calls.length}`
    return new Promise((resolve) => void clock.after(100, () => resolve(name)))
  }
  return { calls, work }
}

describe('coalesced calls', () => {
  it('are one call for each key, whose result all get', async () => {
    const clock = new VirtualClock()
    const gate = limit(10, { clock })
    const { work } = counted(clock)
    const shared = coalesce<string>()
    const a = [1, 2, 3].map(() => admit(gate, work, { key: 'a', coalesce: shared }))
    const b = admit(gate, work, { key: 'b', coalesce: shared })
    expect(shared).toMatchObject({ inFlight: 2, callers: 4, joined: 2 })
    await clock.advance(100)
    expect(await Promise.all(a)).toEqual(['call 1', 'call 1', 'call 1'])
    expect(await b).toBe('call 2')
    expect(gate.stats.admitted).toBe(2)
    expect(shared).toMatchObject({ inFlight: 0, callers: 0 })
    const later = admit(gate, work, { key: 'a', coalesce: shared })
    await clock.advance(100)
    expect(await later).toBe('call 3')
  })

  it('share an error as well, and what stands in for it', async () => {
    const clock = new VirtualClock()
    const gate = limit(10, { clock })
    const down = (): Promise<string> => Promise.reject(new Error('down'))
    const shared = coalesce<string>()
    const calls = [1, 2].map(() => admit(gate, down, { key: 'a', coalesce: shared }).catch(failure))
    const [first, second] = await Promise.all(calls)
    expect(first).toMatchObject({ message: 'down' })
    expect(second).toBe(first)
    const options = { key: 'a', coalesce: shared, fallback: () => 'stand-in' }
    expect(await Promise.all([admit(gate, down, options), admit(gate, down, options)])).toEqual([
      'stand-in',
      'stand-in',
    ])
  })

  it('go on when one caller gives up, whoever it is, and end when the last one does', async () => {
    const clock = new VirtualClock()
    const gate = limit(10, { clock })
    const { calls, work } = counted(clock)
    const shared = coalesce<string>()
    const controllers = [1, 2, 3].map(() => new AbortController())
    const results = controllers.map(({ signal }) =>
      admit(gate, work, { key: 'a', coalesce: shared, signal }).catch(failure),
    )
    await settled()
    controllers[0]?.abort('first')
    controllers[1]?.abort('second')
    expect(await results[0]).toMatchObject({ code: 'FOREBAY_CANCELLED', cause: 'first' })
    expect(calls[0]?.signal.aborted).toBe(false)
    controllers[2]?.abort('third')
    expect(await results[2]).toMatchObject({ code: 'FOREBAY_CANCELLED', cause: 'third' })
    expect(calls[0]?.signal.aborted).toBe(true)
    expect(gate.stats).toMatchObject({ inUse: 1, zombies: 1 })
    const next = admit(gate, work, { key: 'a', coalesce: shared })
    await clock.advance(100)
    expect(await next).toBe('call 2')
    expect(gate.stats).toMatchObject({ inUse: 0, zombies: 0 })
  })

  it('leave the line when the last caller gives up', async () => {
    const clock = new VirtualClock()
    const gate = limit(0, { clock, line: 10 })
    const controller = new AbortController()
    const shared = coalesce<string>()
    const options = { key: 'a', coalesce: shared, signal: controller.signal }
    const calls = [1, 2].map(() => admit(gate, () => 'never', options).catch(failure))
    expect(gate.stats.waiting).toBe(1)
    controller.abort()
    expect(gate.stats.waiting).toBe(0)
    expect(await Promise.all(calls)).toMatchObject([{ code: 'FOREBAY_CANCELLED' }, { code: 'FOREBAY_CANCELLED' }])
  })

  it('let each caller wait until its own deadline, and tell the work the latest of them', async () => {
    const clock = new VirtualClock()
    const { calls, work } = counted(clock)
    const shared = coalesce<string>()
    const gate = limit(1, { clock })
    const soon = admit(gate, work, { key: 'a', coalesce: shared, deadline: 50 }).catch(failure)
    const late = admit(gate, work, { key: 'a', coalesce: shared, deadline: 500 })
    expect(calls[0]?.deadline).toBe(500)
    await clock.advance(50)
    expect(await soon).toMatchObject({ code: 'FOREBAY_TIMEOUT' })
    await clock.advance(50)
    expect(await late).toBe('call 1')
    expect(clock.pending).toBe(0)
  })

  it('wait at the level of the most important caller', async () => {
    const clock = new VirtualClock()
    const gate = limit(1, { clock, line: 10 })
    const held = gate.tryAcquire()
    const order: string[] = []
    const shared = coalesce<number>()
    const options = { key: 'a', coalesce: shared }
    const low = admit(gate, () => order.push('shared'), { ...options, level: 3 })
    const other = admit(gate, () => order.push('other'), { level: 2 })
    const high = admit(gate, () => order.push('shared'), { ...options, level: 0 })
    expect(gate.stats.waiting).toBe(2)
    held?.release()
    expect(await Promise.all([low, other, high])).toEqual([1, 2, 1])
    expect(order).toEqual(['shared', 'other'])
    expect(gate.stats).toMatchObject({ admitted: 3, inUse: 0 })
  })

  it('are done once even if the permit came in the very turn in which somebody more important joined', async () => {
    const clock = new VirtualClock()
    const gate = limit(1, { clock, line: 10 })
    const held = gate.tryAcquire()
    let done = 0
    const options = { key: 'a', coalesce: coalesce<number>() }
    const low = admit(gate, () => ++done, { ...options, level: 3 })
    held?.release()
    const high = admit(gate, () => ++done, { ...options, level: 0 })
    expect(await Promise.all([low, high])).toEqual([1, 1])
    expect(gate.stats).toMatchObject({ inUse: 0, waiting: 0 })
  })

  it('are bounded in keys and in callers', async () => {
    const clock = new VirtualClock()
    const gate = limit(10, { clock, name: 'calls' })
    const { calls, work } = counted(clock)
    const shared = coalesce<string>({ max: 2, callers: 3 })
    const results = ['a', 'b', 'c', 'c', 'a', 'b'].map((key) =>
      admit(gate, work, { key, coalesce: shared }).catch(failure),
    )
    expect(shared).toMatchObject({ inFlight: 2, overflowed: 2, callers: 3 })
    await clock.advance(100)
    expect(await results[5]).toMatchObject({ reason: 'line', gate: 'calls' })
    expect(calls).toHaveLength(4)
    expect(() => coalesce({ max: 0 })).toThrow(/^coalesce\.max: /)
    expect(() => coalesce({ callers: 0 })).toThrow(/^coalesce\.callers: /)
  })

  it('refuse a caller that had already given up, without a call', async () => {
    const { calls, work } = counted(new VirtualClock())
    const signal = AbortSignal.abort('before')
    const call = admit(limit(1), work, { key: 'a', coalesce: coalesce<string>(), signal })
    await expect(call).rejects.toMatchObject({ code: 'FOREBAY_CANCELLED' })
    expect(calls).toHaveLength(0)
  })

  it('refuse a caller whose deadline has passed, without a call', async () => {
    const clock = new VirtualClock()
    await clock.advance(50)
    const { calls, work } = counted(clock)
    const shared = coalesce<string>()
    const gate = limit(1, { clock, name: 'calls' })
    for (const deadline of [49, 50]) {
      const call = admit(gate, work, { key: 'a', coalesce: shared, deadline })
      await expect(call).rejects.toMatchObject({ code: 'FOREBAY_SHED', reason: 'deadline', gate: 'calls' })
    }
    expect(calls).toHaveLength(0)
    expect(shared).toMatchObject({ inFlight: 0, callers: 0 })
  })
})
