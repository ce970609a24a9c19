import { Flow } from '../../../src/flow/flow.ts'
import { broadcastNode } from '../../../src/flow/junctions/broadcast.ts'
import { partitionNode } from '../../../src/flow/junctions/partition.ts'
import { flow } from '../../../src/flow/sources.ts'
import { conflate } from '../../../src/flow/junctions/conflate.ts'
import { merge } from '../../../src/flow/merge.ts'
import type { JunctionNode } from '../../../src/kernel/plan.ts'
import type { JunctionSubject, OperatorSubject, Subject } from '../../../src/testkit/subject.ts'

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
  },
  {
    name: 'merge that is ahead',
    ...two,
    idle: 'independent',
    junction: (flows) => [merge(flows, { prefetch: 3 })],
    model: (inputs) => [inputs.flat()],
    order: inputOf,
    from: identity,
  },
  {
    name: 'concat',
    ...two,
    junction: ([a, b]) => [(a as Flow<number>).concat(b as Flow<number>)],
    model: (inputs) => [inputs.flat()],
    from: identity,
  },
  {
    name: 'zip',
    ...two,
    junction: ([a, b]) => [(a as Flow<number>).zip(b as Flow<number>)],
    model: ([a = [], b = []]) => [a.slice(0, b.length).map((n, index) => [n, b[index]])],
    from: (pair: number[]) => pair,
    loses: ['unpaired', 'cancelled'],
  },
]

const fanOut: readonly JunctionSubject[] = [
  {
    name: 'broadcast',
    inputs: 1,
    outputs: 2,
    junction: ([flow]) => outlets(broadcastNode((flow as Flow<number>).node, 2)),
    model: ([items = []]) => [items, items],
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
    cutByFailure: true,
    model: (items) => items.filter((n) => n % 2 === 0),
  },
  {
    name: 'wiretap',
    operator: (flow, bench) => flow.wiretap((n) => bench.work(n), { items: 2 }),
    model: (items) => items,
    loses: ['drop-newest'],
    // A side branch that fails ends the run, and with it what the flow still holds.
    cutByFailure: true,
  },
  {
    name: 'conflate',
    operator: (input) => input.via(conflate({ seed: (n) => [n], fold: (held: number[], n) => [...held, n], max: 3 })),
    model: (items) => [items],
    view: (batches: readonly number[][]) => batches.flat(),
    from: (batch: number[]) => batch,
  },
  {
    name: 'recoverWith',
    operator: (input) => input.recoverWith(() => flow<number>([])),
    model: (items) => items,
    failed: (items) => ({ items, ends: 'completed' }),
    from: identity,
  },
]

/** Several inputs, several outputs, and flows that part and join again. */
export const junctions: readonly Subject[] = [...fanIn, ...fanOut, ...round]
