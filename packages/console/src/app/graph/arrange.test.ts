import { seededRandom } from 'forebay/testkit'
import { expect, test } from 'vitest'
import { FlightsSimulation } from '../../../test/flights-simulation.ts'
import { flowTopologies } from '../../wire/topology.ts'
import type { FlowTopology } from '../../wire/topology.ts'
import { neighbour } from '../model/neighbour.ts'
import { arrange } from './arrange.ts'
import { pipePath } from './pipe-path.ts'
import { layoutPlan } from './plan.ts'
import type { Layout } from './plan.ts'

const flights = flowTopologies([new FlightsSimulation('r1').snapshot(0)])[0]!

function overlaps(layout: Layout): string[] {
  const labels = layout.edges.filter(({ width }) => width > 0).map((edge) => ({ ...edge, ...edge.label }))
  const boxes = [...layout.nodes, ...labels]
  return boxes.flatMap((a, i) =>
    boxes
      .slice(i + 1)
      .filter(
        (b) => Math.abs(a.x - b.x) < (a.width + b.width) / 2 - 1 && Math.abs(a.y - b.y) < (a.height + b.height) / 2 - 1,
      )
      .map((b) => `${a.id} on ${b.id}`),
  )
}

/** A flow of `stages` stages, each fed by an earlier one, and some by a second. */
function randomFlow(seed: number, stages: number): FlowTopology {
  const random = seededRandom(seed)
  const below = (n: number): number => Math.floor(random.next() * n)
  const edge = (id: string, from: number, to: number) => ({ ...flights.edges[1]!, id, from: `s${from}`, to: `s${to}` })
  return {
    ...flights,
    stages: Array.from({ length: stages }, (_, i) => ({
      ...flights.stages[0]!,
      id: `s${i}`,
      gates: random.next() < 0.2 ? ['r1:g0'] : [],
    })),
    edges: Array.from({ length: stages - 1 }, (_, i) => [
      edge(`e${i}`, below(i + 1), i + 1),
      ...(random.next() < 0.2 ? [edge(`f${i}`, below(i + 1), i + 1)] : []),
    ]).flat(),
  }
}

test.each(['LR', 'TB'] as const)('nothing lies on anything else, laid out %s', (direction) => {
  expect(overlaps(arrange(layoutPlan(flights, direction)))).toEqual([])
  for (let seed = 0; seed < 20; seed++)
    expect(overlaps(arrange(layoutPlan(randomFlow(seed, 5 + seed), direction)))).toEqual([])
})

test('the main line of the flow is straight, and every pipe goes forward', () => {
  const { nodes } = arrange(layoutPlan(flights, 'LR'))
  const place = (name: string) =>
    nodes.find(({ id }) => id === flights.stages.find((stage) => stage.name === name)!.id)!

  for (const name of ['enrich', 'batch', 'sink']) expect(place(name).y).toBeCloseTo(place('door').y, 0)
  for (const { from, to } of flights.edges)
    expect(nodes.find(({ id }) => id === from)!.x).toBeLessThan(nodes.find(({ id }) => id === to)!.x)
})

test('a cycle is laid out, and its way back is drawn', () => {
  const back = { ...flights.edges[1]!, id: 'back', from: flights.stages[2]!.id, to: flights.stages[1]!.id }
  const layout = arrange(layoutPlan({ ...flights, edges: [...flights.edges, back] }, 'LR'))

  for (const edge of layout.edges) expect(pipePath(layout, edge)).toMatch(/^M[\d.-]+ [\d.-]+[LC]/)
})

test('the arrows lead along the flow, through the gate, and back', () => {
  const layout = arrange(layoutPlan(flights, 'LR'))
  const places = new Map(
    [...layout.nodes, ...layout.edges.map((edge) => ({ ...edge, ...edge.label }))].map((n) => [n.id, n]),
  )
  const go = (id: string, direction: 'left' | 'right'): string => neighbour(flights, places, id, direction)!

  const way = ['r1:s0', 'r1:e0', 'r1:g0', 'r1:s1', 'r1:e1', 'r1:s2', 'r1:e2', 'r1:s3']
  for (const [i, id] of way.slice(0, -1).entries()) expect(go(id, 'right')).toBe(way[i + 1])
  for (const [i, id] of way.slice(1).entries()) expect(go(id, 'left')).toBe(way[i])
  expect(neighbour(flights, places, 'r1:s3', 'right')).toBeUndefined()
  expect(neighbour(flights, places, 'r1:s2', 'down')).toBe('r1:s4')
})
