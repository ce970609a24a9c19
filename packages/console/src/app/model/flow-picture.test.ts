import { expect, test } from 'vitest'
import { FlightsSimulation } from '../../../test/flights-simulation.ts'
import { charts } from './charts.ts'
import { flowPicture } from './flow-picture.ts'
import { between, quantile } from './quantile.ts'

function pair(from: number, to: number) {
  const simulation = new FlightsSimulation('r1')
  simulation.advance(from)
  const before = simulation.snapshot(from)
  simulation.advance(to - from)
  return { before, after: simulation.snapshot(to) }
}

test('shares are of the time between two samples and add up to one', () => {
  const { before, after } = pair(16_000, 21_000)
  const picture = flowPicture(before, after)

  for (const { busy, blocked, starved, gated } of picture.stages.values())
    expect(busy + blocked + starved + gated).toBeCloseTo(1, 6)
  expect(picture.stages.get('r1:s1')!.busy).toBeGreaterThan(0.95)
  expect(picture.stages.get('r1:s0')!.blocked).toBeGreaterThan(0.3)
  expect(picture.edges.get('r1:e0')!.fill).toBeGreaterThan(0.95)
})

test('a calm stretch after an incident shows nothing of it', () => {
  const { before, after } = pair(40_000, 43_000)

  expect(flowPicture(before, after).stages.get('r1:s0')!.blocked).toBe(0)
  expect(flowPicture(undefined, after).stages.get('r1:s0')!.blocked).toBeGreaterThan(0)
})

test('rates are a second, whatever the window', () => {
  const { before, after } = pair(4000, 12_000)
  const { inRate } = flowPicture(before, after)

  expect(inRate).toBeCloseTo((after.ledger.in - before.ledger.in) / 8, 6)
})

test('a stage that did nothing claims no service time and no capacity', () => {
  const { before, after } = pair(1000, 3000)
  const dead = flowPicture(before, after).stages.get('r1:s5')!

  expect(dead.p50).toBeNaN()
  expect(dead.capacity).toBeNaN()
})

test('a quantile lies within the bucket that holds it', () => {
  const histogram = { bounds: [1, 10, 100], counts: [0, 90, 10, 0], sum: 0 }

  expect(quantile(histogram, 0.5)).toBeGreaterThan(1)
  expect(quantile(histogram, 0.5)).toBeLessThanOrEqual(10)
  expect(quantile(histogram, 0.99)).toBeGreaterThan(10)
  expect(quantile({ ...histogram, counts: [0, 0, 0, 5] }, 0.5)).toBe(100)
  expect(quantile(between(histogram, histogram), 0.5)).toBeNaN()
})

test('the charts have one point a sample in every line, and name the losses that happened', () => {
  const simulation = new FlightsSimulation('r1')
  const samples = Array.from({ length: 120 }, (_, i) => {
    simulation.advance(250)
    return { wall: i * 250, snapshots: [simulation.snapshot(i * 250)], why: [] }
  })

  const all = charts(samples, 'r1', 'r1:s1')

  for (const { x, lines } of Object.values(all)) for (const { y } of lines) expect(y).toHaveLength(x.length)
  expect(all.losses.lines.map(({ label }) => label)).toEqual(['drop-oldest', 'shed open', 'failed'])
  expect(all.levels.lines.map(({ label }) => label)).toContain('inbox')
  expect(Math.max(...all.levels.lines.flatMap(({ y }) => y.map((value) => value ?? 0)))).toBeLessThanOrEqual(100)
  expect(charts([], 'r1', undefined).throughput.x).toEqual([])
})
