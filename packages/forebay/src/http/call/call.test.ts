import { afterEach, describe, expect, it } from 'vitest'
import { VirtualClock } from '../../testkit/virtual-clock.ts'
import { callHeaders, readCall } from './call-headers.ts'
import { ServedCall } from './inbound-call.ts'
import { callOf, currentCall, disableScope, inherit, rememberCall, runInCall } from './scope.ts'

afterEach(disableScope)

describe('a deadline and a level on the wire', () => {
  const clock = new VirtualClock()

  it('travel as what is left, so that the clocks need not agree', async () => {
    const other = new VirtualClock()
    await other.advance(1_000_000)
    const headers = callHeaders({ deadline: other.now() + 250.7, level: 3, clock: other })
    expect(headers).toEqual({ 'x-deadline': '250', 'x-level': '3' })
    expect(readCall(headers, clock, { longestMs: Infinity })).toEqual({ deadline: clock.now() + 250, level: 3 })
    expect(callHeaders({ clock })).toEqual({})
    expect(callHeaders({ deadline: clock.now() - 5, level: 1, clock })).toEqual({ 'x-deadline': '0' })
  })

  it('let a caller make itself less important and more urgent, but not the other way round', () => {
    const read = (headers: Record<string, string>, trustLevel = false) =>
      readCall(headers, clock, { trustLevel, longestMs: 1000 })
    expect(read({ 'x-level': '0' }).level).toBe(1)
    expect(read({ 'x-level': '0' }, true).level).toBe(0)
    expect(read({ 'x-level': '2' }).level).toBe(2)
    expect(read({ 'x-deadline': '99999' }).deadline).toBe(clock.now() + 1000)
    expect(read({ 'x-deadline': '-4' }).deadline).toBe(clock.now())
    for (const odd of ['', 'x', '1e3', '0x10', 'NaN', '4', '-1', '00'])
      expect(read({ 'x-deadline': odd.startsWith('-') ? 'x' : `${odd}?`, 'x-level': odd })).toEqual({
        deadline: clock.now() + 1000,
        level: 1,
      })
  })
})

describe('the call of a request', () => {
  it('is inherited by what is called inside, however late, and by nothing else', async () => {
    const clock = new VirtualClock()
    const outer = new ServedCall('t', 2, 500, clock)
    const seen = await runInCall(outer, async () => {
      await Promise.resolve()
      return [currentCall(), inherit({ key: 'k' }), inherit({ deadline: 100, level: 0 }), inherit({ deadline: 900 })]
    })
    expect(seen).toEqual([
      outer,
      { key: 'k', level: 2, deadline: 500 },
      { level: 0, deadline: 100 },
      { level: 2, deadline: 500 },
    ])
    expect(currentCall()).toBeUndefined()
    expect(inherit({ key: 'k' })).toEqual({ key: 'k' })
  })

  it('is found by its request without being inherited', () => {
    const request = {}
    const call = new ServedCall(undefined, 1, Infinity, new VirtualClock())
    rememberCall(request, call)
    expect(callOf(request)).toBe(call)
    expect(callOf({})).toBeUndefined()
  })

  it('aborts its signal at the deadline, or when the client has gone, even if it is read afterwards', async () => {
    const clock = new VirtualClock()
    const late = new ServedCall(undefined, 1, 100, clock)
    const gone = new ServedCall(undefined, 1, Infinity, clock)
    const done = new ServedCall(undefined, 1, 100, clock)
    const { signal } = late
    const doneSignal = done.signal
    done.end()
    gone.giveUp()
    expect(gone.signal.reason).toMatchObject({ code: 'FOREBAY_CANCELLED' })
    expect(signal.aborted).toBe(false)
    await clock.advance(100)
    expect(signal.reason).toMatchObject({ code: 'FOREBAY_TIMEOUT' })
    expect(doneSignal.aborted).toBe(false)
    await clock.advance(100)
    expect(clock.pending).toBe(0)
  })
})
