import { describe, expect, test } from 'vitest'
import { edge, stage } from './model.ts'
import { plants } from './plant.ts'
import { prove } from './proof.ts'
import { Simulation } from './simulation.ts'
import { verdict } from '../../packages/forebay/src/kernel/verdict/verdict.ts'

describe('the verdict on random graphs', () => {
  test(
    'names the planted limiter in every one, and predicts what doubling a third of them gives',
    { timeout: 240_000 },
    () => {
      const { right, graphs, wrong, whatIf, next, byPlant } = prove(400, 1, 3)

      expect(wrong).toEqual([])
      expect(right).toBe(graphs)
      for (const plant of plants) expect(byPlant[plant].graphs).toBeGreaterThanOrEqual(15)
      expect(whatIf.predicted).toBeGreaterThan(115)
      expect(whatIf.medianError).toBeLessThanOrEqual(0.02)
      expect(next.right / next.of).toBeGreaterThanOrEqual(0.9)
    },
  )

  test('would be caught if it blamed the busiest stage', () => {
    // The side sink is always busy and holds nobody back: what it cannot take is dropped before it.
    const simulation = new Simulation(
      {
        stages: [
          stage('read', { source: 'generate', serviceMs: 0.2 }),
          stage('parse', { serviceMs: 0.5 }),
          stage('save', { serviceMs: 1, spread: 'exponential' }),
          stage('log', { serviceMs: 50 }),
        ],
        edges: [edge(0, 1), edge(1, 2), edge(1, 3, { lossy: true })],
      },
      1,
    )
    simulation.advance(200)
    const before = simulation.inspect()
    simulation.advance(2000)
    const after = simulation.inspect()

    const busyMs = after.stages.map((now, index) => now.busyMs - (before.stages[index]?.busyMs ?? 0))
    expect(busyMs.indexOf(Math.max(...busyMs))).toBe(3)
    expect(verdict(before, after)).toMatchObject({ kind: 'bottleneck', stage: 'sim:2' })
  })
})

describe('the verdict on a ring', () => {
  test('calls it a deadlock once nothing moves, and names its members', () => {
    const simulation = new Simulation(
      {
        stages: [
          stage('read', { source: 'generate', serviceMs: 0.1 }),
          stage('build', { serviceMs: 0.1 }),
          stage('check', { serviceMs: 0.1, fan: 'partition' }),
          stage('save', { serviceMs: 0.1 }),
        ],
        edges: [
          edge(0, 1),
          edge(1, 2, { capacity: 2 }),
          edge(2, 3, { weight: 1 }),
          edge(2, 1, { weight: 9, capacity: 2 }),
        ],
      },
      1,
    )
    simulation.advance(1000)
    const before = simulation.inspect()
    simulation.advance(10_000)
    const found = verdict(before, simulation.inspect())

    expect(found).toMatchObject({ kind: 'deadlock', path: ['sim:1', 'sim:2'] })
    expect(found.sentence).toContain('build → check → build')
  })

  test('names the slowest member while it moves', () => {
    const simulation = new Simulation(
      {
        stages: [
          stage('read', { source: 'generate', serviceMs: 0.1 }),
          stage('build', { serviceMs: 0.2 }),
          stage('check', { serviceMs: 1, fan: 'partition' }),
          stage('save', { serviceMs: 0.1 }),
        ],
        edges: [
          edge(0, 1),
          edge(1, 2),
          edge(2, 3, { weight: 9 }),
          edge(2, 1, { weight: 1, capacity: 64, feedback: true }),
        ],
      },
      1,
    )
    simulation.advance(500)
    const before = simulation.inspect()
    simulation.advance(2000)

    expect(verdict(before, simulation.inspect())).toMatchObject({ kind: 'bottleneck', stage: 'sim:2' })
  })
})
