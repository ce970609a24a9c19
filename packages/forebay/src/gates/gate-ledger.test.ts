import { describe, expect, test } from 'vitest'
import type { Gate, Permit } from '../kernel/gate.ts'
import { VirtualClock } from '../testkit/virtual-clock.ts'
import { all } from './all.ts'
import { breaker } from './breaker/breaker.ts'
import { limit } from './limit/limit.ts'
import { rate } from './rate/rate.ts'

/** A gate of a pace and a limit, and a crowd that works for `workMs` as soon as each of it may. */
function crowd(options: { perSecond: number; slots: number; workMs: number }): { clock: VirtualClock; gate: Gate } {
  const clock = new VirtualClock()
  const gate = all(
    [
      limit(options.slots, { name: 'slots', clock }),
      breaker({ name: 'fuse', clock }),
      rate({ limit: options.perSecond, burst: 1, name: 'pace', clock }),
    ],
    { line: 100, clock },
  )
  const work = (permit: Permit): void => {
    clock.after(options.workMs, () => {
      permit.release()
      begin()
    })
  }
  const begin = (): void => {
    void Promise.resolve(gate.acquire({ hold: Infinity })).then(work)
  }
  for (let i = 0; i < 50; i++) begin()
  return { clock, gate }
}

/** The share of ten seconds, the first of them left out, in which each let nobody in. */
async function shares({ clock, gate }: ReturnType<typeof crowd>): Promise<Record<string, number>> {
  await clock.advance(1000)
  const before = gate.inspect()
  await clock.advance(10_000)
  const after = gate.inspect()
  const names = after.parts?.map(({ name }) => name) ?? []
  const share = (i: number): number => ((after.withheldMs?.[i] ?? 0) - (before.withheldMs?.[i] ?? 0)) / 10_000
  return Object.fromEntries(names.map((name, i) => [name, Math.round(share(i) * 100) / 100]))
}

describe('the time in which a gate withholds', () => {
  test('is that of the pace when there are slots to spare', async () => {
    const found = await shares(crowd({ perSecond: 10, slots: 20, workMs: 150 }))

    expect(found).toEqual({ pace: 1, fuse: 0, slots: 0 })
  })

  test('is that of the slots when they are in use for longer than the pace takes', async () => {
    const found = await shares(crowd({ perSecond: 100, slots: 1, workMs: 100 }))

    expect(found).toEqual({ pace: 0, fuse: 0, slots: 1 })
  })

  test('is that of the part that has too little for work that costs more than a permit', async () => {
    const clock = new VirtualClock()
    const gate = all([limit(100, { clock }), rate({ limit: 10, burst: 10, clock })], { clock })
    const permits = [gate.tryAcquire({ cost: 60 }) as Permit]
    const waiting = Promise.resolve(gate.acquire({ cost: 50, hold: Infinity })).then((permit) => permits.push(permit))
    await clock.advance(10_000)
    expect(gate.inspect().parts?.map(({ credit }) => credit > 0)).toEqual([true, true])
    expect(gate.inspect().withheldMs).toEqual({ 1: 10_000 })

    permits[0]?.release()
    await clock.advance(10_000)
    await waiting
    expect(permits).toHaveLength(2)
  })

  test('is none when nobody waits, and stops when the last one in line goes', async () => {
    const clock = new VirtualClock()
    const gate = all([limit(1, { clock }), rate({ limit: 1, clock })], { clock })
    const permit = gate.tryAcquire() as Permit
    await clock.advance(5000)
    expect(gate.inspect().withheldMs).toEqual({})

    const abort = new AbortController()
    const waiting = Promise.resolve(gate.acquire({ signal: abort.signal, hold: Infinity })).catch(() => {})
    await clock.advance(200)
    abort.abort()
    await waiting
    await clock.advance(5000)

    expect(gate.inspect().withheldMs).toEqual({ 1: 200 })
    permit.release()
  })

  test('is told by a gate that has no parts as well', async () => {
    const clock = new VirtualClock()
    const gate = limit(1, { clock })
    const permit = gate.tryAcquire() as Permit
    const next = Promise.resolve(gate.acquire({ hold: Infinity }))
    await clock.advance(300)
    permit.release()
    await next
    await clock.advance(300)

    expect(gate.inspect().withheldMs).toEqual({ 0: 300 })
  })
})
