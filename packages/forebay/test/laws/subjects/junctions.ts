import { Flow } from '../../../src/flow/flow.ts'
import { broadcastNode } from '../../../src/flow/junctions/broadcast.ts'
import { partitionNode } from '../../../src/flow/junctions/partition.ts'
import { flow } from '../../../src/flow/sources.ts'
import { conflate } from '../../../src/flow/junctions/conflate.ts'
import { merge } from '../../../src/flow/merge.ts'
import type { JunctionNode } from '../../../src/kernel/plan.ts'
import type { JunctionSubject, OperatorSubject, Subject } from '../../../src/testkit/subject.ts'
import { failingAt } from '../../support/failing-at.ts'

const identity = (result: number): number[] => [result]
const inputOf = (result: number): number => Math.floor(result / 1000)

const two: Pick<JunctionSubject, 'inputs' | 'outputs'> = { inputs: 2, outputs: 1 }

function outlets(of: JunctionNode): Flow<number>[] {
  return [0, 1].map((index) => new Flow<number>({ type: 'outlet', name: of.name, of, index }))
}

const fanIn: readonly JunctionSubject[] = [
  {
    name: 'merge',
    ...two,
    idle: 'independent',
    junction: ([a, b]) => [(a as Flow<number>).merge(b as Flow<number>)],
    model: (inputs) => [inputs.flat()],
    order: inputOf,
    from: identity,
    card: {
      of: 'Flow.merge',
      emits: { data: ['-1--2--|', '--a--(bc)|'], out: '-1a-2(bc)-|' },
      // In turn: neither input can keep the other one out.
      backpressures: {
        data: ['(123)', '(abc)'],
        demand: '-1-1-1-1',
        out: '-1-a-2-b',
        upstream: ['11---1', '1--1---1'],
      },
      completes: { data: ['-1|', '-a---|'], out: '-(1a)---|' },
      cancels: [
        { data: ['-1', '-a'], demand: '*--!', out: '-(1a)', upstream: ['11-!', '11-!'] },
        { data: ['-#', ''], out: '-#', upstream: ['1', '1!'], error: 'failed' },
      ],
    },
  },
  {
    name: 'merge that is ahead',
    ...two,
    idle: 'independent',
    junction: (flows) => [merge(flows, { prefetch: 3 })],
    model: (inputs) => [inputs.flat()],
    order: inputOf,
    from: identity,
    card: {
      of: 'merge',
      emits: { data: ['-12-|', '--a-b|'], out: '-1(2a)-b|' },
      backpressures: { data: ['(1234)', '(ab)'], demand: '-1', out: '-1', upstream: ['3', '3'] },
      completes: [
        { data: ['-1|', '----|'], out: '-1--|' },
        {
          op: (flows) => [merge(flows, { eagerComplete: true })],
          data: ['-1-|', '-'],
          out: '-1-|',
          upstream: ['11', '1--!'],
        },
      ],
      cancels: [
        { data: ['-1', '-a'], demand: '*--!', out: '-(1a)', upstream: ['31-!', '31-!'] },
        { data: ['-#', ''], out: '-#', upstream: ['3', '3!'], error: 'failed' },
      ],
    },
  },
  {
    name: 'concat',
    ...two,
    junction: ([a, b]) => [(a as Flow<number>).concat(b as Flow<number>)],
    model: (inputs) => [inputs.flat()],
    from: identity,
    card: {
      of: 'Flow.concat',
      emits: { data: ['-1-2|', 'ab|'], out: '-1-2(ab|)' },
      backpressures: { data: ['-1-2|', 'ab|'], demand: '2-----1', out: '-1-2--a', upstream: ['2', '------1'] },
      completes: { data: ['-1|', '---a|'], out: '-1-a|' },
      cancels: [
        { data: ['-1', ''], demand: '*--!', out: '-1', upstream: ['(64)1-!', '---!'] },
        { data: ['-#', ''], out: '-#', upstream: ['(64)', '-!'] },
      ],
    },
  },
  {
    name: 'zip',
    ...two,
    junction: ([a, b]) => [(a as Flow<number>).zip(b as Flow<number>)],
    model: ([a = [], b = []]) => [a.slice(0, b.length).map((n, index) => [n, b[index]])],
    from: (pair: number[]) => pair,
    loses: ['unpaired', 'cancelled'],
    card: {
      of: 'Flow.zip',
      emits: { data: ['-1--2|', '---ab|'], values: { A: [1, 'a'], B: [2, 'b'] }, out: '---AB|' },
      backpressures: {
        data: ['(123)', '(abc)'],
        demand: '--1--1',
        values: { A: [1, 'a'], B: [2, 'b'] },
        out: '--A--B',
        upstream: ['1-1--1', '1-1--1'],
      },
      completes: { data: ['-1|', '-a---b'], values: { A: [1, 'a'] }, out: '-A|' },
      cancels: [
        { data: ['-1', ''], demand: '*--!', upstream: ['(64)--!', '(64)--!'], lost: { cancelled: 1 } },
        { data: ['-1|', '-a'], values: { A: [1, 'a'] }, out: '-A|', upstream: ['(64)', '(64)-!'] },
      ],
      loses: { data: ['-12', '-a|'], values: { A: [1, 'a'] }, out: '-A|', lost: { unpaired: 1 } },
    },
  },
]

const fanOut: readonly JunctionSubject[] = [
  {
    name: 'broadcast',
    inputs: 1,
    outputs: 2,
    junction: ([flow]) => outlets(broadcastNode((flow as Flow<number>).node, 2)),
    model: ([items = []]) => [items, items],
    card: {
      of: 'Flow.broadcast',
      emits: { data: ['-1-2|'], demand: ['*', '*'], out: ['-1-2|', '-1-2|'] },
      // The slower one sets the pace.
      backpressures: { data: ['123'], demand: ['*', '---1'], out: ['---1', '---1'], upstream: ['---1'] },
      completes: { data: ['--|'], demand: ['', ''], out: ['--|', '--|'] },
      cancels: {
        data: ['-1-2-3'],
        demand: ['*-!', '*-----!'],
        out: ['-1', '-1-2-3'],
        upstream: ['(16)1-1-1!'],
      },
    },
  },
  {
    name: 'broadcast with a buffer in each branch',
    inputs: 1,
    outputs: 2,
    slow: 'independent',
    junction: ([flow]) => outlets(broadcastNode((flow as Flow<number>).node, 2)).map((branch) => branch.buffer(40)),
    model: ([items = []]) => [items, items],
  },
  {
    name: 'partition',
    inputs: 1,
    outputs: 2,
    junction: ([flow]) => outlets(partitionNode((flow as Flow<number>).node, 2, (n: number) => n % 2)),
    model: ([items = []]) => [items.filter((n) => n % 2 === 0), items.filter((n) => n % 2)],
    loses: ['branch-closed'],
    card: {
      of: 'Flow.partition',
      emits: { data: ['-1-2-4|'], demand: ['*', '*'], out: ['---2-4|', '-1----|'] },
      backpressures: { data: ['1246'], demand: ['---1', '*'], out: ['---2', '1'], upstream: ['2--1'] },
      completes: { data: ['-1|'], demand: ['', '1'], out: ['--|', '-1|'] },
      cancels: { data: ['-1'], demand: ['*--!', '*-!'], out: ['', '-1'], upstream: ['11-!'] },
      loses: { data: ['-1-2-3|'], demand: ['*', '*-!'], out: ['---2--|', '-1'], lost: { 'branch-closed': 1 } },
    },
  },
]

const round: readonly OperatorSubject[] = [
  {
    name: 'broadcast and merged again',
    operator: (flow) =>
      flow.broadcast(
        (branch) => branch.map((n) => n),
        (branch) => branch.map((n) => -n),
      ),
    model: (items) => items.flatMap((n) => [n, -n]),
    order: (n: number) => n > 0,
    cutByFailure: true,
    from: (n: number) => [Math.abs(n)],
  },
  {
    name: 'broadcast and zipped again',
    operator: (flow) => {
      const [a, b] = outlets(broadcastNode(flow.node, 2)) as [Flow<number>, Flow<number>]
      return a.buffer(2).zip(b)
    },
    model: (items) => items.map((n) => [n, n]),
    cutByFailure: true,
    loses: ['unpaired', 'cancelled'],
  },
  {
    name: 'partition and merged again',
    operator: (flow) =>
      flow.partition(
        (n) => n % 2,
        (branch) => branch.buffer(2),
        (branch) => branch,
      ),
    model: (items) => items,
    order: (n: number) => n % 2,
    cutByFailure: true,
    from: identity,
  },
  {
    name: 'divert',
    operator: (flow) =>
      flow.divert(
        (n) => n % 2,
        (branch) => branch.to(() => {}),
      ),
    model: (items) => items.filter((n) => n % 2 === 0),
    card: {
      of: 'Flow.divert',
      emits: { data: '-1-2-3-4|', out: '---2---4|' },
      backpressures: [
        { data: '1246', demand: '---1', out: '---2', upstream: '2--1' },
        {
          op: (flow, w) =>
            flow.divert(
              (n) => n % 2,
              (odd) => odd.to(() => w.delay(4)),
            ),
          data: '132',
          out: '----2',
        },
      ],
      completes: { data: '-1|', out: '--|' },
      cancels: { data: '-2', demand: '*--!', out: '-2', upstream: '11' },
      loses: { data: '-1-2', out: '---2' },
    },
  },
  {
    name: 'wiretap',
    operator: (flow, bench) => flow.wiretap((n) => bench.work(n), { items: 2 }),
    model: (items) => items,
    loses: ['drop-newest'],
    card: {
      of: 'Flow.wiretap',
      emits: { op: (flow, w) => flow.wiretap(() => w.delay(3), { items: 1 }), data: '-12|', out: '-12|' },
      loses: {
        op: (flow, w) => flow.wiretap(() => w.delay(9), { items: 1 }),
        data: '1234|',
        out: '1234|',
        lost: { 'drop-newest': 2 },
      },
    },
  },
  {
    name: 'conflate',
    operator: (input) => input.via(conflate({ seed: (n) => [n], fold: (held: number[], n) => [...held, n], max: 3 })),
    model: (items) => [items],
    view: (batches: readonly number[][]) => batches.flat(),
    from: (batch: number[]) => batch,
    card: {
      of: 'conflate',
      emits: {
        op: (input) => input.via(conflate({ seed: String, fold: (held, n) => held + String(n), max: 9 })),
        data: '-1-2-3-4|',
        demand: '1-----2',
        values: { A: '1', B: '23', C: '4' },
        out: '-A----BC|',
      },
      backpressures: { data: '123456', demand: '', upstream: '3' },
      completes: { data: '-12|', demand: '-----1', values: { A: [1, 2] }, out: '-----(A|)' },
      loses: { data: '12', demand: '---!', upstream: '3--!', lost: { cancelled: 2 } },
    },
  },
  {
    name: 'recoverWith',
    operator: (input) => input.recoverWith(() => flow<number>([])),
    model: (items) => items,
    failed: (items) => ({ items, ends: 'completed' }),
    from: identity,
    card: {
      of: 'Flow.recoverWith',
      emits: { op: (input) => input.recoverWith(() => flow(['x', 'y'])), data: '-1-#', out: '-1-(xy|)' },
      completes: [
        { data: '-1|', out: '-1|' },
        { data: '-1-#', out: '-1-|' },
      ],
      loses: {
        op: (input) => input.map(failingAt(2)).recoverWith(() => flow(['x'])),
        data: '-1-2-3',
        out: '-1-(x|)',
        upstream: '(64)1-!',
        lost: { failed: 1 },
      },
    },
  },
]

/** Several inputs, several outputs, and flows that part and join again. */
export const junctions: readonly Subject[] = [...fanIn, ...fanOut, ...round]
