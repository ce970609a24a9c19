import { describe, expect, test } from 'vitest'
import type { Cardinality } from '../operator.ts'
import type { Overflow } from '../overflow.ts'
import type { JunctionNode, OutletNode, PlanNode } from '../plan.ts'
import { UNBOUNDED } from '../receiver.ts'
import { Ways, type Way } from './ways.ts'

/** A node below another. */
type Below = (input: PlanNode) => PlanNode

const source: PlanNode = { type: 'source', name: 'read', create: () => expect.unreachable() }
const fan = junctionOf('fan', [source])
const outlet = (index = 0, of = fan): OutletNode => ({ type: 'outlet', name: 'outlet', of, index })

function junctionOf(name: string, inputs: readonly PlanNode[], more: Partial<JunctionNode> = {}): JunctionNode {
  const fixed = { type: 'junction', kind: name, slots: 1, sync: true } as const
  return { ...fixed, name, inputs, bound: 0, cardinality: 'one', create: () => expect.unreachable(), ...more }
}

function edge(items: number, overflow: Overflow = 'backpressure', bytes = Infinity): Below {
  return (input) => ({ type: 'edge', name: 'edge', input, options: { items, overflow, bytes } }) as unknown as PlanNode
}

function stateful(bound: number, cardinality: Cardinality, gathers?: number): Below {
  const operator = { kind: 'stateful', name: 'hold', bound, cardinality, ...(gathers !== undefined && { gathers }) }
  return (input) => ({ type: 'operator', name: 'hold', input, operator }) as unknown as PlanNode
}

function plain(kind: 'map' | 'filter' | 'tap'): Below {
  return (input) => ({ type: 'operator', name: kind, input, operator: { kind, name: kind } }) as unknown as PlanNode
}

/** The only way through these, from an outlet down. */
function through(...below: readonly Below[]): Way {
  const end = below.reduce<PlanNode>((input, next) => next(input), outlet())
  const [way, ...more] = new Ways().to(end)
  expect(more).toEqual([])
  return way as Way
}

const bare = { names: [], room: 0, needs: 1, per: 1, drops: false, isLossy: false, slack: 0, isCertain: true }

describe('a way from where a flow parts', () => {
  test('begins with nothing on it', () => {
    expect(new Ways().to(outlet(2))).toEqual([{ ...bare, of: fan, index: 2 }])
    expect(new Ways().to(source)).toEqual([])
  })

  test('goes on over what holds nothing, and names it', () => {
    expect(through(plain('map'), plain('tap'))).toMatchObject({ ...bare, names: ['map', 'tap'] })
    expect(through(plain('filter'))).toMatchObject({ ...bare, names: ['filter'], drops: true })
  })

  test('has the room of its edges, of which all but a quarter is asked for at once', () => {
    expect(through(edge(8), edge(2))).toMatchObject({ ...bare, names: ['edge', 'edge'], room: 10, slack: 1 })
    expect(through(edge(16, 'backpressure', 1000))).toMatchObject({ room: 16, slack: 3, isCertain: false })
    expect(through(edge(8, 'backpressure', 10), edge(8))).toMatchObject({ isCertain: false })
  })

  test('never holds back where it drops, keeps on disk or is not bounded', () => {
    const durable: Below = (input) => ({ type: 'durable', name: 'disk', input, options: {} }) as unknown as PlanNode

    expect(through(edge(8, 'drop-oldest'))).toMatchObject({ room: Infinity, isLossy: true, slack: 0 })
    expect(through(edge(UNBOUNDED))).toMatchObject({ room: Infinity, isLossy: false, slack: 0 })
    expect(through(durable)).toMatchObject({ ...bare, names: ['disk'], room: Infinity })
  })

  test('has the room of an operator that holds items, and is certain if each gives one', () => {
    expect(through(stateful(3, 'one'))).toMatchObject({ ...bare, room: 3, names: ['hold'] })
    expect(through(stateful(3, 'filter'))).toMatchObject({ room: 3, drops: true, isCertain: false })
    expect(through(stateful(3, 'many'))).toMatchObject({ room: 3, drops: false, isCertain: false })
  })

  test('takes several items before it gives one where they are gathered, and so many for each if they become one', () => {
    expect(through(stateful(5, 'join', 5))).toMatchObject({ room: 5, needs: 5, per: 5, isCertain: true })
    expect(through(stateful(5, 'one', 5))).toMatchObject({ room: 5, needs: 5, per: 1 })
    expect(through(stateful(5, 'join', 5), stateful(2, 'join', 2))).toMatchObject({ room: 15, needs: 10, per: 10 })
    expect(through(stateful(5, 'join', Infinity))).toMatchObject({ needs: Infinity, per: 1 })
    expect(through(stateful(5, 'one', Infinity))).toMatchObject({ needs: Infinity, per: 1 })
  })

  test('counts what lies below a gathering in items at its outlet', () => {
    expect(through(stateful(2, 'join', 2), edge(8))).toMatchObject({ room: 2 + 16, slack: 2 })
    expect(through(stateful(2, 'join', 2), stateful(3, 'one'))).toMatchObject({ room: 2 + 6 })
  })
})

describe('a way through a junction', () => {
  const on =
    (more: Partial<JunctionNode>): Below =>
    (input) =>
      junctionOf('work', [input], more)
  const joined =
    (more: Partial<JunctionNode>): Below =>
    (input) =>
      junctionOf('zip', [input, source], more)
  const two = stateful(2, 'join', 2)

  test('has its room, and is certain if it gives one for each of its only input', () => {
    expect(through(two, on({ bound: 4 }))).toMatchObject({ room: 2 + 8, isCertain: true, names: ['hold', 'work'] })
    expect(through(on({ bound: 4, cardinality: 'many' }))).toMatchObject({ room: 4, isCertain: false })
    expect(through(joined({ bound: 4 }))).toMatchObject({ room: 4, isCertain: false })
    expect(through(edge(8, 'backpressure', 10), on({ bound: 4 }))).toMatchObject({ isCertain: false })
  })

  test('that throws items away or waits for time is never held back, one that joins holds one of each', () => {
    expect(through(on({ bound: 4, cardinality: 'filter' }))).toMatchObject({ room: Infinity, isCertain: false })
    expect(through(on({ bound: 4, cardinality: 'join' }))).toMatchObject({ room: Infinity, isCertain: false })
    expect(through(two, joined({ bound: 4, cardinality: 'join' }))).toMatchObject({ room: 2 + 2, isCertain: false })
  })

  test('is every way that leads to one of its inputs, four at most from each outlet', () => {
    const several = Array.from({ length: 6 }, (_, n) => edge(n + 1)(outlet(0)))
    const ways = new Ways()
    const found = ways.to(junctionOf('merge', [...several, outlet(1)], { cardinality: 'join' }))

    expect(found.map(({ index, room }) => [index, room])).toEqual([
      [0, 2],
      [0, 3],
      [0, 4],
      [0, 5],
      [1, 1],
    ])
  })

  test('is limited for each junction that parts the flow by itself', () => {
    const other = junctionOf('other', [source])
    const inputs = [...Array.from({ length: 4 }, () => outlet(0)), outlet(0, other)]

    expect(new Ways().to(junctionOf('merge', inputs)).map(({ of }) => of.name)).toEqual([
      'fan',
      'fan',
      'fan',
      'fan',
      'other',
    ])
  })

  test('begins anew at an outlet of its own, and goes on', () => {
    const second = junctionOf('second', [edge(4)(outlet())])
    const found = new Ways().to(outlet(1, second))

    expect(found.map(({ of, room, names }) => [of.name, room, names])).toEqual([
      ['fan', 4, ['edge', 'second']],
      ['second', 0, []],
    ])
  })
})
