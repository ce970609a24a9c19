import { all, breaker, keyed, rate } from 'forebay/gates'
import { observeGates } from 'forebay/observe'
import { VirtualClock } from 'forebay/testkit'
import { expect, test } from 'vitest'
import { FlightsSimulation } from '../../test/flights-simulation.ts'
import { decodeFlow, encodeFlow } from './frame.ts'
import { flowTopologies } from './topology.ts'

function running(): FlightsSimulation {
  const simulation = new FlightsSimulation('r1')
  simulation.advance(23_000)
  return simulation
}

function sent<T>(value: T): T {
  return JSON.parse(JSON.stringify(value)) as T
}

test('a snapshot arrives as it was sent, to a hundredth', () => {
  const snapshot = running().snapshot(1_767_225_623_000)

  const frame = sent(encodeFlow(snapshot, undefined))
  const arrived = decodeFlow(sent(flowTopologies([snapshot]))[0]!, frame, snapshot.wall)

  expect(rounded(arrived)).toEqual(rounded(snapshot))
})

test('credit and waits without end survive a format that has no infinity', () => {
  const snapshot = running().snapshot(0)
  const edge = { ...snapshot.edges[0]!, credit: Number.POSITIVE_INFINITY }
  const gate = { ...snapshot.gates[0]!, retryAfterMs: Number.POSITIVE_INFINITY }
  const endless = { ...snapshot, edges: [edge], gates: [gate] }

  const arrived = decodeFlow(flowTopologies([endless])[0]!, sent(encodeFlow(endless, undefined)), 0)

  expect(arrived.edges[0]!.credit).toBe(Number.POSITIVE_INFINITY)
  expect(arrived.gates[0]!.retryAfterMs).toBe(Number.POSITIVE_INFINITY)
})

test('what was noted of a gate arrives, and the keys of a keyed gate bring their names', () => {
  const clock = new VirtualClock()
  const gate = all([keyed(() => rate({ limit: 5, name: 'share', clock }), { clock }), breaker({ clock })], { clock })
  const gates = observeGates({ api: gate }, { clock, name: 'server' })
  gate.tryAcquire({ key: 'A', level: 2 })
  const before = flowTopologies([gates.inspect()])
  gate.tryAcquire({ key: 'B' })
  const snapshot = gates.inspect()

  const frame = sent(encodeFlow(snapshot, undefined))
  const arrived = decodeFlow(sent(flowTopologies([snapshot]))[0]!, frame, snapshot.wall)

  expect(rounded(arrived.gates[0]!.notes)).toEqual(rounded(snapshot.gates[0]!.notes))
  expect(arrived.gates[0]!.parts![0]!.parts!.map(({ name }) => name)).toEqual(expect.arrayContaining(['B', 'A']))
  expect(arrived.gates[0]!.parts![1]!.since).toBe(0)
  expect(flowTopologies([snapshot])).toEqual(before) // a new key changes no name
})

test('the names are sent once: a frame of a flow of 100 stages stays under 16 kB', () => {
  const snapshot = running().snapshot(0)
  const stages = Array.from({ length: 100 }, (_, i) => ({ ...snapshot.stages[i % 6]!, id: `r1:s${i}` }))

  expect(JSON.stringify(encodeFlow({ ...snapshot, stages }, undefined)).length).toBeLessThan(16_000)
})

test('the topology stays the same while only counters change', () => {
  const simulation = running()
  const before = flowTopologies([simulation.snapshot(0)])
  simulation.advance(5000)

  expect(flowTopologies([simulation.snapshot(5000)])).toEqual(before)
})

function rounded(value: unknown): unknown {
  return JSON.parse(
    JSON.stringify(value, (_key, inner: unknown) => (typeof inner === 'number' ? Number(inner.toFixed(2)) : inner)),
  )
}
