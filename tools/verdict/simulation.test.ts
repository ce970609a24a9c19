import { describe, expect, test } from 'vitest'
import { edge, stage } from './model.ts'
import { Simulation } from './simulation.ts'

describe('the simulation of a flow', () => {
  test('moves a chain at the pace of its slowest stage, and blocks what is before it', () => {
    const simulation = new Simulation(
      {
        stages: [stage('a', { serviceMs: 0.1, source: 'generate' }), stage('b', { serviceMs: 2 }), stage('c')],
        edges: [edge(0, 1), edge(1, 2)],
      },
      1,
    )
    simulation.advance(10_000)
    const { stages, edges } = simulation.inspect()

    expect(stages[2]?.settled).toBeGreaterThan(4995)
    expect(stages[1]?.busyMs).toBeCloseTo(10_000, -1)
    expect(stages[0]?.blockedMs).toBeGreaterThan(9000)
    expect(edges[0]?.blockedMs).toBe(stages[0]?.blockedMs)
    expect(edges[1]?.blockedMs).toBe(0)
  })

  test('loses nothing but what a lossy edge drops, and never holds more than an edge may', () => {
    const simulation = new Simulation(
      {
        stages: [
          stage('in', { serviceMs: 1, source: 'firehose', slots: 3 }),
          stage('work', { serviceMs: 1, slots: 2, spread: 'exponential', fan: 'partition' }),
          stage('left', { serviceMs: 3, spread: 0.5 }),
          stage('right', { serviceMs: 1 }),
          stage('both', { serviceMs: 0.5 }),
        ],
        edges: [
          edge(0, 1, { lossy: true }),
          edge(1, 2),
          edge(1, 3, { weight: 2 }),
          edge(2, 4, { capacity: 1 }),
          edge(3, 4),
        ],
      },
      7,
    )
    for (let round = 0; round < 200; round++) {
      simulation.advance(17)
      for (const { model, length, put, taken, dropped } of simulation.edges) {
        expect(put).toBe(taken + length + dropped)
        expect(length).toBeLessThanOrEqual(model.capacity)
      }
      for (const { slots, busyMs, blockedMs, starvedMs, gatedMs } of simulation.inspect().stages) {
        expect(Math.min(busyMs, blockedMs, starvedMs, gatedMs)).toBeGreaterThanOrEqual(-1e-6)
        expect(busyMs + blockedMs + starvedMs + gatedMs).toBeCloseTo(slots * simulation.now, 6)
      }
    }
    const { stages, edges } = simulation.inspect()
    expect(edges[0]?.dropped['drop-newest']).toBeGreaterThan(1000)
    expect(stages[4]?.settled).toBeGreaterThan(1000)
  })

  test('joins one of each, chooses by weight, and takes what is fed back first', () => {
    const simulation = new Simulation(
      {
        stages: [
          stage('fast', { serviceMs: 0.1, source: 'generate' }),
          stage('slow', { serviceMs: 4, source: 'arrive' }),
          stage('zip', { join: 'zip', serviceMs: 0.1 }),
          stage('again', { serviceMs: 0.1 }),
          stage('judge', { serviceMs: 0.1, fan: 'partition' }),
          stage('end', { serviceMs: 0.1 }),
        ],
        edges: [
          edge(0, 2),
          edge(1, 2),
          edge(2, 3),
          edge(3, 4),
          edge(4, 5, { weight: 4 }),
          edge(4, 3, { weight: 1, feedback: true, capacity: 64 }),
        ],
      },
      3,
    )
    simulation.advance(40_000)
    const { stages } = simulation.inspect()

    expect(stages[2]?.settled).toBeCloseTo(10_000, -2)
    expect(stages[5]?.settled).toBeCloseTo(10_000, -2)
    expect((stages[3]?.settled ?? 0) / (stages[5]?.settled ?? 1)).toBeCloseTo(1.25, 1)
    expect((stages[1]?.starvedMs ?? 0) / 40_000).toBeGreaterThan(0.99)
  })

  test('holds work to the limit and to the rate of a gate', () => {
    const limited = stage('limited', { slots: 8, serviceMs: 10, gate: { kind: 'limit', limit: 2 } })
    const paced = stage('paced', { slots: 8, serviceMs: 10, gate: { kind: 'rate', limit: 100 } })
    const rates = [limited, paced].map((gated) => {
      const simulation = new Simulation(
        { stages: [stage('in', { source: 'generate', serviceMs: 0.1 }), gated], edges: [edge(0, 1)] },
        1,
      )
      simulation.advance(10_000)
      return simulation.inspect().stages[1]
    })

    expect(rates[0]?.settled).toBeCloseTo(2000, -1)
    expect((rates[0]?.gatedMs ?? 0) / 80_000).toBeCloseTo(0.75, 2)
    expect(rates[1]?.settled).toBeCloseTo(1000, -1)
  })

  test('runs one synchronous item at a time, whatever the number of stages', () => {
    const simulation = new Simulation(
      {
        stages: [
          stage('in', { source: 'generate', serviceMs: 0.5, sync: true }),
          stage('heavy', { serviceMs: 3, sync: true }),
          stage('call', { slots: 4, serviceMs: 2, loopMs: 0.5 }),
        ],
        edges: [edge(0, 1), edge(1, 2)],
      },
      1,
    )
    simulation.advance(10_000)
    const { stages, loop } = simulation.inspect()

    expect(loop.activeMs).toBeCloseTo(10_000, -1)
    expect(stages.reduce((sum, { cpuMs }) => sum + cpuMs, 0)).toBeCloseTo(loop.activeMs, 3)
    expect(stages[1]?.settled).toBeCloseTo(2500, -2)
  })

  test('comes to an end when a ring has no room left', () => {
    const simulation = new Simulation(
      {
        stages: [
          stage('in', { source: 'generate', serviceMs: 0.1 }),
          stage('a', { serviceMs: 0.1 }),
          stage('b', { serviceMs: 0.1, fan: 'partition' }),
          stage('out', { serviceMs: 0.1 }),
        ],
        edges: [
          edge(0, 1),
          edge(1, 2, { capacity: 2 }),
          edge(2, 3, { weight: 1 }),
          edge(2, 1, { weight: 9, capacity: 2 }),
        ],
      },
      5,
    )
    simulation.advance(1000)

    expect(simulation.isOver).toBe(true)
  })
})
