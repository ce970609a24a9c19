import { afterEach, describe, expect, it } from 'vitest'
import { limit } from '../../gates/limit/limit.ts'
import { VirtualClock, settled } from '../../testkit/virtual-clock.ts'
import { ServedCall } from '../call/inbound-call.ts'
import { currentCall, disableScope } from '../call/scope.ts'
import { nodeGate } from './node-gate.ts'
import { Passage } from './passage.ts'
import { serverSettings } from './server-options.ts'

afterEach(disableScope)

function rig() {
  const clock = new VirtualClock()
  const gate = limit(1, { clock, line: { hold: '1m' } })
  const passage = (): Passage => new Passage(new ServedCall(undefined, 1, Infinity, clock), 30_000)
  return { clock, gate, passage }
}

describe('a passage', () => {
  it('holds its permit until the response has ended and the work has settled, whichever is later', async () => {
    const { gate, passage } = rig()
    const one = passage()
    expect(one.tryEnter(gate, {})).toBe(true)
    let end!: () => void
    void one.work(() => new Promise<void>((resolve) => (end = resolve)), false)
    one.ended('ok')
    expect(gate.stats.inUse).toBe(1)
    end()
    await settled()
    expect(gate.stats.inUse).toBe(0)
  })

  it('counts work whose client has gone as a zombie, and no longer than it may linger', async () => {
    const { clock, gate, passage } = rig()
    const one = passage()
    one.tryEnter(gate, {})
    void one.work(() => new Promise(() => {}), false)
    one.gone()
    expect(one.call.signal.aborted).toBe(true)
    expect(gate.stats).toMatchObject({ inUse: 1, zombies: 1 })
    await clock.advance(29_999)
    expect(gate.stats.inUse).toBe(1)
    await clock.advance(1)
    expect(gate.stats).toMatchObject({ inUse: 0, zombies: 0 })
    await clock.advance(60)
    expect(clock.pending).toBe(0)
  })

  it('leaves the line at once when the client goes, and never takes a permit for it', async () => {
    const { gate, passage } = rig()
    const held = gate.tryAcquire()
    const one = passage()
    const entered = one.enter(gate, {})
    one.gone()
    await expect(entered).rejects.toMatchObject({ code: 'FOREBAY_CANCELLED' })
    expect(gate.stats.waiting).toBe(0)
    held?.release()
    expect(gate.stats).toMatchObject({ admitted: 1, inUse: 0 })
  })

  it('gives back what came in the same turn as the end of its client', async () => {
    const { gate, passage } = rig()
    const held = gate.tryAcquire()
    const one = passage()
    const entered = one.enter(gate, {})
    held?.release()
    one.gone()
    await expect(entered).rejects.toMatchObject({ code: 'FOREBAY_CANCELLED' })
    expect(gate.stats.inUse).toBe(0)
  })

  it('ends once, and by the first that happens', () => {
    const { gate, passage } = rig()
    const one = passage()
    one.tryEnter(gate, {})
    one.ended('ok')
    one.gone()
    one.ended('fail')
    expect(gate.stats.inUse).toBe(0)
    expect(one.call.signal.aborted).toBe(false)
  })

  it('shows its call to what it runs, if it is to be inherited', () => {
    const { passage } = rig()
    const one = passage()
    expect(one.work(() => currentCall(), true)).toBe(one.call)
    expect(one.work(() => currentCall(), false)).toBeUndefined()
  })
})

describe('the options of a server', () => {
  const gate = limit(1)

  it('are checked when they are given', () => {
    expect(() => nodeGate(() => {}, {} as { gate: typeof gate })).toThrow('gate: expected a gate, got undefined')
    expect(() => serverSettings({ gate, key: 'ip' as never })).toThrow("key: expected a function, got 'ip'")
    expect(() => serverSettings({ gate, linger: -1 })).toThrow(/^linger: /)
    expect(() => serverSettings({ gate, version: 'draft-1' as 'draft-6' })).toThrow(/^version: /)
  })

  it('take a status of the application as what it says about the server', () => {
    const { outcome } = serverSettings({ gate })
    expect([200, 404, 429, 500, 502, 503, 504].map(outcome)).toEqual(['ok', 'ok', 'ok', 'fail', 'fail', 'drop', 'drop'])
  })
})
