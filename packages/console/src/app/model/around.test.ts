import { expect, test } from 'vitest'
import { FlightsSimulation } from '../../../test/flights-simulation.ts'
import { flowTopologies } from '../../wire/topology.ts'
import type { FlowTopology } from '../../wire/topology.ts'
import { around } from './around.ts'

const flights = flowTopologies([new FlightsSimulation('r1').snapshot(0)])[0]!

/** A chain of `n` stages s0 … */
function chain(n: number): FlowTopology {
  const stages = Array.from({ length: n }, (_, i) => ({ ...flights.stages[0]!, id: `s${i}`, gates: [] as string[] }))
  const edges = Array.from({ length: n - 1 }, (_, i) => ({
    ...flights.edges[0]!,
    id: `e${i}`,
    from: `s${i}`,
    to: `s${i + 1}`,
  }))
  return { ...flights, stages, edges }
}

const names = (flow: FlowTopology): string[] => flow.stages.map(({ id }) => id)

test('a small flow is shown whole', () => {
  expect(around(flights, undefined, [])).toBe(flights)
  expect(around(chain(24), 's3', []).stages).toHaveLength(24)
})

test('of a large flow the twelve stages around the centre are shown, with the edges between them', () => {
  const shown = around(chain(120), 's60', [])

  expect(names(shown)).toHaveLength(12)
  expect(names(shown)).toContain('s60')
  expect(shown.edges).toHaveLength(11)
  expect(Math.max(...names(shown).map((id) => Math.abs(Number(id.slice(1)) - 60)))).toBeLessThanOrEqual(6)
})

test('an edge and a gate are centred on the stage they belong to', () => {
  const flow = chain(40)
  const gated = {
    ...flow,
    stages: flow.stages.map((stage) => (stage.id === 's30' ? { ...stage, gates: ['g'] } : stage)),
  }

  expect(names(around(gated, 'g', []))).toContain('s30')
  expect(names(around(flow, 'e9', []))).toContain('s10')
})

test('the way of the verdict goes before other neighbours', () => {
  const flow = chain(60)
  const star = {
    ...flow,
    edges: [
      ...flow.edges,
      ...flow.stages.slice(30).map(({ id }, i) => ({ ...flow.edges[0]!, id: `x${i}`, from: 's10', to: id })),
    ],
  }

  const shown = names(around(star, 's10', ['s6', 's7', 's8', 's9', 's10']))

  expect(shown).toEqual(expect.arrayContaining(['s6', 's7', 's8', 's9', 's10']))
  expect(shown).toHaveLength(12)
})
