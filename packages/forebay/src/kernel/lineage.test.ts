import { describe, expect, it } from 'vitest'
import { flow } from '../flow/sources.ts'
import type { Flow } from '../flow/flow.ts'
import { needsLineage } from './lineage.ts'
import { operator, type Cardinality } from './operator.ts'
import type { JunctionNode, Plan, PlanNode, SinkNode } from './plan.ts'

const source: PlanNode = { type: 'source', name: 'source', create: never }
function never(): never {
  throw new Error('nothing is made of a plan that is only looked at')
}

const through = (input: PlanNode, cardinality: Cardinality, loses?: string): PlanNode => ({
  type: 'operator',
  name: 'own',
  input,
  operator: operator('own', { cardinality, ...(loses !== undefined && { loses }) }, never),
})
const junction = (input: PlanNode, cardinality: Cardinality): JunctionNode => ({
  type: 'junction',
  name: 'own',
  kind: 'own',
  inputs: [input],
  bound: 1,
  cardinality,
  slots: 1,
  sync: true,
  create: never,
})
const sink = (input: PlanNode, fused = true): SinkNode => ({
  type: 'sink',
  name: 'sink',
  input,
  bound: 0,
  slots: 1,
  fused,
  create: never,
})
const plan = (...sinks: readonly SinkNode[]): Plan => ({ name: 'plan', sinks })
const of = (node: PlanNode): ReturnType<typeof needsLineage> => needsLineage(plan(sink(node)))
const built = (piece: (input: Flow<number>) => Flow<any>): PlanNode => piece(flow.range(1, 3)).node

describe('how records are counted', () => {
  it('is by the turn where the whole flow is one segment, whatever its operators make of an item', () => {
    expect(of(source)).toBe('single')
    expect(of(built((input) => input.map((n) => n).filter(Boolean)))).toBe('single')
    for (const cardinality of ['one', 'filter', 'many', 'join'] as const) {
      expect(of(through(source, cardinality)), cardinality).toBe('single')
    }
  })

  it('is by lease where such an operator also loses items, which may be parts of a record only', () => {
    expect(of(through(source, 'many', 'what is old'))).toBe('leases')
    expect(of(through(source, 'join', 'what is old'))).toBe('leases')
    expect(of(through(through(source, 'many'), 'filter', 'what is old'))).toBe('leases')
    expect(of(through(source, 'filter', 'what is old'))).toBe('single')
  })

  it('is by item where one item is one record, in more than one segment', () => {
    expect(needsLineage(plan(sink(source, false)))).toBe('counts')
    expect(
      needsLineage(
        plan(
          sink(
            built((input) => input.map((n) => n)),
            false,
          ),
        ),
      ),
    ).toBe('counts')
    expect(of(built((input) => input.buffer(2)))).toBe('counts')
    expect(of(junction(source, 'one'))).toBe('counts')
    expect(of(junction(source, 'filter'))).toBe('counts')
    expect(
      of(
        through(
          built((input) => input.buffer(2)),
          'filter',
        ),
      ),
    ).toBe('counts')
  })

  it('is by lease as soon as an operator, a junction or a store changes the number of items', () => {
    const buffered = built((input) => input.buffer(2))

    expect(of(junction(source, 'many'))).toBe('leases')
    expect(of(junction(source, 'join'))).toBe('leases')
    expect(of(through(buffered, 'many'))).toBe('leases')
    expect(of(through(buffered, 'join'))).toBe('leases')
    expect(of(built((input) => input.durable('inbox')))).toBe('leases')
  })

  it('is not by the turn where several sinks have one', () => {
    expect(needsLineage(plan(sink(source), sink(source)))).toBe('counts')
    expect(needsLineage(plan(sink(source), sink(through(source, 'many'))))).toBe('leases')
    expect(needsLineage(plan(sink(source), sink(source, false)))).toBe('counts')
  })
})
