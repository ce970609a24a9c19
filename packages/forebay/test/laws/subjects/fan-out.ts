import { balance } from '../../../src/flow/fan-out/balance.ts'
import { unzip } from '../../../src/flow/fan-out/unzip.ts'
import type { Flow } from '../../../src/flow/flow.ts'
import type { JunctionSubject } from '../../../src/testkit/subject.ts'

type Part = (flow: Flow<any>, branches: readonly ((branch: Flow<any>) => Flow<any>)[]) => unknown

/** The branches of a flow, before they join again. */
function branchesOf(part: Part, flow: Flow<any> | undefined, count = 2): readonly Flow<any>[] {
  const branches: Flow<any>[] = []
  const keep = (branch: Flow<any>): Flow<any> => {
    branches.push(branch)
    return branch
  }
  part(
    flow as Flow<any>,
    Array.from({ length: count }, () => keep),
  )
  return branches
}

const unzipped: Part = (flow, branches) => unzip<any[], any>(flow, branches)

/** One flow into several: each item to one of them, or a part of each item to all. */
export const fanOut: readonly JunctionSubject[] = [
  {
    name: 'balance',
    inputs: 1,
    outputs: 2,
    slow: 'independent',
    rate: true,
    order: 'any',
    junction: ([flow]) => branchesOf(balance, flow),
    model: ([items = []]) => [items, items],
    loses: ['branch-closed', 'cancelled'],
    card: {
      of: 'balance',
      emits: [
        { data: ['(1234)-5|'], demand: ['*', '*'], out: ['(13)-5|', '(24)--|'] },
        { data: ['(1234)-|'], demand: ['*', '1'], out: ['(134)-|', '2-|'] },
      ],
      backpressures: { data: ['123'], demand: ['---1', ''], out: ['---1', ''], upstream: ['---1'] },
      completes: { data: ['--|'], demand: ['', ''], out: ['--|', '--|'] },
      cancels: {
        data: ['-1-2-3'],
        demand: ['*-!', '*-----!'],
        out: ['-1', '---2-3'],
        upstream: ['(16)1-1-1!'],
      },
      loses: { data: ['--1'], demand: ['1!', '-----!'], lost: { 'branch-closed': 1 }, out: ['', ''] },
    },
  },
  {
    name: 'unzip',
    inputs: 1,
    outputs: 2,
    junction: ([flow]) =>
      branchesOf(
        unzipped,
        (flow as Flow<number>).map((n) => [n, n]),
      ),
    model: ([items = []]) => [items, items],
    card: {
      of: 'unzip',
      emits: {
        op: ([flow]) => branchesOf(unzipped, flow),
        data: ['-A-B|'],
        values: { A: [1, 'a'], B: [2, 'b'] },
        demand: ['*', '*'],
        out: ['-1-2|', '-a-b|'],
      },
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
]
