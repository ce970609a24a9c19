import { expect, test } from 'vitest'
import { all } from '../../gates/all.ts'
import { breaker } from '../../gates/breaker/breaker.ts'
import { limit } from '../../gates/limit/limit.ts'
import type { Permit } from '../../kernel/gate.ts'
import { VirtualClock } from '../../testkit/virtual-clock.ts'
import { alerts } from '../alerts.ts'
import { sampler } from '../sampler.ts'
import { gatesVerdict } from './gates-verdict.ts'
import { observeGates } from './observe-gates.ts'

test('names the gate that refuses most, why, and whom', async () => {
  const clock = new VirtualClock()
  const [quiet, busy] = [limit(100, { clock, name: 'quiet' }), limit(1, { clock, line: 0, name: 'busy' })]
  const gates = observeGates([quiet, busy], { clock })
  const before = gates.inspect()
  quiet.tryAcquire()
  busy.tryAcquire({ key: 'B' })
  for (let i = 0; i < 19; i++) await expect(busy.acquire({ key: 'A' })).rejects.toThrow('refused')
  clock.advanceSync(1000)

  expect(gatesVerdict(before, gates.inspect())).toMatchObject({
    kind: 'gate',
    gate: gates.inspect().gates[1]?.id,
    sentence: 'busy refuses 19 of 20 asks a second (limit). Most of all A, who was given 0 of 19 so far.',
  })
})

test('names an open breaker, else where somebody waits, else nothing', async () => {
  const clock = new VirtualClock()
  const fuse = breaker({ consecutive: 1, clock, name: 'fuse' })
  const call = all([limit(1, { clock }), fuse], { clock, name: 'call' })
  const gates = observeGates({ call }, { clock })
  const before = gates.inspect()
  const sentence = (): string => gatesVerdict(before, gates.inspect()).sentence
  const permit = call.tryAcquire() as Permit
  clock.advanceSync(1000)
  expect(sentence()).toBe('nothing is held back: 1.0 permits a second, nobody waits.')

  const waits = call.acquire({ hold: Infinity })
  clock.advanceSync(250)
  expect(sentence()).toBe('call makes 1 wait, the oldest for 250 ms.')

  permit.release('fail')
  await expect(waits).rejects.toMatchObject({ reason: 'open' })
  expect(sentence()).toBe('breaker fuse of call is open; 0.8 asks a second are refused.')
})

test('is what a sampler says of gates that belong to no flow, and alarms nobody by itself', async () => {
  const clock = new VirtualClock()
  const gate = limit(1, { clock, line: 0, name: 'door' })
  const gates = observeGates([gate], { clock })
  const samples = sampler([gates], { clock })
  const told: string[] = []
  const watch = alerts(samples, { clock, log: (line: string) => told.push(line) })
  gate.tryAcquire()
  clock.advanceSync(1000)
  for (let i = 0; i < 20; i++) {
    await expect(gate.acquire()).rejects.toThrow('refused')
    clock.advanceSync(250)
  }

  expect(samples.why()).toMatchObject([{ kind: 'gate', sentence: 'door refuses 3.3 of 3.5 asks a second (limit).' }])
  expect(told.filter((line) => line.includes('FOREBAY_STALL'))).toEqual([])
  gates.stop()
  clock.advanceSync(5000)
  expect(samples.why()).toMatchObject([{ kind: 'done' }])
  watch.stop()
  samples.stop()
})
