import { describe, expect, it } from 'vitest'
import { inputsOf, nodesOf, type JunctionNode, type PlanNode, type SinkNode } from './plan.ts'

const never = (): never => {
  throw new Error('a plan creates nothing')
}
const source = (name: string): PlanNode => ({ type: 'source', name, create: never })
const firehose: PlanNode = { type: 'firehose', name: 'ticks', start: never }
const mapped = (input: PlanNode): PlanNode => ({
  type: 'operator',
  name: 'map',
  input,
  operator: { kind: 'map', name: 'map', fn: never },
})
const durable = (input: PlanNode | undefined): PlanNode => ({
  type: 'durable',
  name: 'inbox',
  input,
  options: {},
  codec: undefined,
})
const junction = (...inputs: PlanNode[]): JunctionNode => ({
  type: 'junction',
  name: 'merge',
  kind: 'merge',
  inputs,
  bound: 1,
  cardinality: 'one',
  slots: 1,
  sync: true,
  create: never,
})
const outlet = (of: JunctionNode, index: number): PlanNode => ({ type: 'outlet', name: `out ${index}`, of, index })
const sink = (input: PlanNode): SinkNode => ({
  type: 'sink',
  name: 'save',
  input,
  bound: 0,
  slots: 1,
  fused: true,
  create: never,
})

describe('what feeds a node', () => {
  it('is nothing for a source, a firehose, and a queue that somebody else fills', () => {
    for (const node of [source('a'), firehose, durable(undefined)]) expect(inputsOf(node)).toEqual([])
  })

  it('is the node above, the junction of an outlet, or all inputs of a junction', () => {
    const [a, b] = [source('a'), source('b')]
    const both = junction(a, b)
    for (const node of [mapped(a), durable(a), sink(a)]) expect(inputsOf(node)).toEqual([a])
    expect(inputsOf(outlet(both, 1))).toEqual([both])
    expect(inputsOf(both)).toEqual([a, b])
  })
})

describe('the nodes of a plan', () => {
  it('come once each, what feeds a node before it', () => {
    const a = source('a')
    const above = mapped(a)
    const split = junction(above)
    const [left, right] = [outlet(split, 0), outlet(split, 1)]
    const [one, two] = [sink(left), sink(right)]

    expect(nodesOf({ name: 'plan', sinks: [one, two] })).toEqual([a, above, split, left, one, right, two])
  })

  it('are walked once each, however many ways lead to them', () => {
    let looks = 0
    const above = mapped(source('a'))
    const seen: JunctionNode = {
      ...junction(),
      get inputs() {
        looks++
        return [above]
      },
    }
    nodesOf({ name: 'plan', sinks: [sink(junction(seen, mapped(seen), seen)), sink(seen)] })
    expect(looks).toBe(1)
  })
})
