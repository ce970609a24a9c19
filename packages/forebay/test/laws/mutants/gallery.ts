import { Flow } from '../../../src/flow/flow.ts'
import { broadcastNode } from '../../../src/flow/junctions/broadcast.ts'
import { settle } from '../../../src/kernel/context.ts'
import { operator } from '../../../src/kernel/operator.ts'
import type { Law } from '../../../src/testkit/law-violation.ts'
import type { JunctionSubject, OperatorSubject, Subject } from '../../../src/testkit/subject.ts'
import { counting, summing, writing } from './ends.ts'
import { all, delayed, numbered, pairs, passing, piece, sorting, twice } from './operators.ts'
import { relay, type Fault } from './relay.ts'

/** A broken subject, the laws one of which must name it, and the healthy twin that must pass. */
export interface Mutant {
  readonly broken: Subject
  readonly laws: readonly Law[]
  readonly twin: Subject
}

function relayed(fault?: Fault): OperatorSubject {
  return {
    name: fault === undefined ? 'relay' : `a relay that ${fault}`,
    operator: (flow) => relay(flow, fault),
    model: (items) => items.filter((n) => n % 2),
    from: (n: number) => [n],
  }
}

const relays: readonly (readonly [Fault, readonly Law[]])[] = [
  ['grants one too many', [4]],
  ['does not replace the credit of rejected items', [5]],
  ['ignores cancel', [8]],
  ['cancels with a reason of its own', [8]],
  ['looks for its end only with demand', [6]],
  ['sends without credit', [1]],
  ['keeps what it holds when it is cancelled', [3]],
  ['forgets to end the account of a rejected item', [3, 4]],
  ['tells its end before it is empty', [11, 3, 6]],
  ['wakes nobody', [5]],
]

export const gallery: readonly Mutant[] = [
  ...relays.map(([fault, laws]): Mutant => ({ broken: relayed(fault), laws, twin: relayed() })),
  { broken: twice(false), laws: [1], twin: twice(true) },
  { broken: pairs('drops the last'), laws: [11, 3], twin: pairs() },
  { broken: pairs('no account'), laws: [3], twin: pairs() },
  { broken: pairs('claims less'), laws: [4], twin: pairs() },
  { broken: pairs('swallows failure'), laws: [6], twin: pairs() },
  { broken: delayed('emits without credit'), laws: [1, 7], twin: delayed() },
  { broken: delayed('keeps its timer'), laws: [8], twin: delayed() },
  { broken: delayed('emits after its end'), laws: [3, 6, 7, 8], twin: delayed() },
  { broken: sorting, laws: [4], twin: { ...sorting, name: 'sorts, and says so', bound: Infinity } },
  { broken: numbered(true), laws: [13], twin: numbered(false) },
  {
    broken: piece('drops the context', () =>
      operator('drop', { cardinality: 'one' }, (down) => ({ push: (value) => down.push(value, undefined) })),
    ),
    laws: [14],
    twin: passing,
  },
  {
    broken: piece('ends the account too early', () =>
      operator('early', { cardinality: 'one' }, (down) => ({
        push: (value, context) => {
          settle(context, 'done')
          down.push(value, context)
        },
      })),
    ),
    laws: [3, 14],
    twin: passing,
  },
  {
    broken: piece('swallows the end', () =>
      operator('endless', { cardinality: 'one' }, (down) => ({
        push: (value, context) => down.push(value, context),
        complete: () => {},
      })),
    ),
    laws: [5, 6],
    twin: passing,
  },
  {
    broken: piece('loses items without a word', () =>
      operator<number, number>('sieve', { cardinality: 'one' }, (down) => ({
        push: (value, context) => {
          if (value % 5 === 0) settle(context, 'dropped', 'sieve')
          else down.push(value, context)
        },
      })),
    ),
    laws: [3, 11],
    twin: passing,
  },
  {
    broken: {
      name: 'a buffer that drops and does not say so',
      operator: (flow) => flow.buffer(2, 'drop-oldest'),
      model: all,
    },
    laws: [3],
    twin: { name: 'a buffer', operator: (flow) => flow.buffer(2), model: all },
  },
  {
    broken: {
      name: 'results out of order',
      operator: (flow, bench) => flow.mapAsync((n) => bench.work(n), { concurrency: 3, order: 'completion' }),
      model: all,
    },
    laws: [11],
    twin: {
      name: 'results in order',
      operator: (flow, bench) => flow.mapAsync((n) => bench.work(n), { concurrency: 3 }),
      model: all,
    },
  },
  { broken: counting('ignores credit'), laws: [1], twin: counting() },
  { broken: counting('never ends'), laws: [5, 6], twin: counting() },
  { broken: counting('skips after a turn'), laws: [11], twin: counting() },
  { broken: counting('stays open'), laws: [8], twin: counting() },
  { broken: summing(true), laws: [12], twin: summing(false) },
  { broken: writing(false), laws: [8], twin: writing(true) },
  { broken: parted('independent', false), laws: [10], twin: parted('independent', true) },
]

/** A broadcast that says its branches do not hold each other back. */
function parted(slow: 'independent', buffered: boolean): JunctionSubject {
  return {
    name: buffered ? 'branches that are free' : 'branches that hold each other back',
    inputs: 1,
    outputs: 2,
    slow,
    junction: ([flow]) => {
      const of = broadcastNode((flow as Flow<number>).node, 2)
      const branches = [0, 1].map((index) => new Flow<number>({ type: 'outlet', name: 'branch', of, index }))
      return buffered ? branches.map((branch) => branch.buffer(40)) : branches
    },
    model: ([items = []]) => [items, items],
  }
}
