import { orElse, prepend, race } from '../../../src/flow/fan-in/first-of.ts'
import { interleave } from '../../../src/flow/fan-in/interleave.ts'
import { withLatestFrom, zipLatest } from '../../../src/flow/fan-in/latest.ts'
import { mergePreferred, mergePrioritized } from '../../../src/flow/fan-in/merge-by-rank.ts'
import { mergeSequence, mergeSorted } from '../../../src/flow/fan-in/merge-in-order.ts'
import { zipAll, zipWith } from '../../../src/flow/fan-in/zip-with.ts'
import { Flow } from '../../../src/flow/flow.ts'
import { partitionNode } from '../../../src/flow/junctions/partition.ts'
import { flow } from '../../../src/flow/sources.ts'
import { mapIndexed } from '../../../src/flow/operators/map-indexed.ts'
import type { JunctionSubject, OperatorSubject } from '../../../src/testkit/subject.ts'

const numbered = (input: Flow<number>): Flow<[number, number]> =>
  input.via(mapIndexed((n, index): [number, number] => [index, n]))
const sorted = (flows: Flows): Flows => [mergeSorted(flows, (a, b) => a - b)]
const raced = (input: Flow<number>): Flow<number> => race([input, flow<number>([])])

type Flows = readonly Flow<number>[]

const identity = (result: number): number[] => [result]
const inputOf = (result: number): number => Math.floor(result / 1000)
const two: Pick<JunctionSubject, 'inputs' | 'outputs'> = { inputs: 2, outputs: 1 }
const weighted = ([a, b]: Flows): Flow<number> =>
  mergePrioritized([
    { flow: a as Flow<number>, weight: 3 },
    { flow: b as Flow<number>, weight: 1 },
  ])

/** Several flows into one: which goes first, in what order, and what is put together. */
export const fanIn: readonly JunctionSubject[] = [
  {
    name: 'mergePreferred',
    ...two,
    idle: 'independent',
    junction: (flows) => [mergePreferred(flows)],
    model: (inputs) => [inputs.flat()],
    order: inputOf,
    from: identity,
    card: {
      of: 'mergePreferred',
      emits: { data: ['---34|', '-1-2--|'], demand: '---2--*', out: '---(13)--(42|)' },
      backpressures: { data: ['12|', '3|'], demand: '1', out: '1', upstream: ['2', '1'] },
      completes: [
        { data: ['1|', '2-|'], out: '(12)-|' },
        { op: (flows) => [mergePreferred(flows, { eagerComplete: true })], data: ['1|', '2--'], out: '(12)(|)' },
      ],
      cancels: { data: ['1#', '-2-'], out: '1#', upstream: ['2', '1!'] },
    },
  },
  {
    name: 'mergePrioritized',
    ...two,
    idle: 'independent',
    junction: (flows) => [weighted(flows)],
    model: (inputs) => [inputs.flat()],
    order: inputOf,
    from: identity,
    card: {
      of: 'mergePrioritized',
      emits: { data: ['(111111)|', '(222)|'], demand: '---8-1', out: '---(11211121)-(2|)' },
      backpressures: { data: ['12|', '3|'], demand: '1', out: '1', upstream: ['2', '1'] },
      completes: { data: ['1|', '2-|'], out: '(12)-|' },
      cancels: { data: ['1#', '-2-'], out: '1#', upstream: ['2', '1!'] },
    },
  },
  {
    name: 'mergeSorted',
    ...two,
    junction: (flows) => [mergeSorted(flows.map(numbered), ([a], [b]) => a - b).map(([, n]) => n)],
    model: ([a = [], b = []]) => [
      Array.from({ length: Math.max(a.length, b.length) }, (_, at) => [
        ...a.slice(at, at + 1),
        ...b.slice(at, at + 1),
      ]).flat(),
    ],
    cutByFailure: true,
    from: identity,
    card: {
      of: 'mergeSorted',
      emits: { op: sorted, data: ['1-3-5|', '--2-6|'], out: '--(12)-(35)(6|)' },
      backpressures: { op: sorted, data: ['1--', '3--'], demand: '-1', out: '-1-', upstream: ['11', '1'] },
      completes: { op: sorted, data: ['1|', '2-|'], demand: '*', out: '1(2)|' },
      cancels: { op: sorted, data: ['1#', '-2-'], out: '-(1#)', upstream: ['1', '1!'] },
    },
  },
  {
    name: 'interleave',
    ...two,
    junction: (flows) => [interleave(flows, 2)],
    model: ([a = [], b = []]) => {
      const out: number[] = []
      for (let at = 0; at < Math.max(a.length, b.length); at += 2)
        out.push(...a.slice(at, at + 2), ...b.slice(at, at + 2))
      return [out]
    },
    cutByFailure: true,
    from: identity,
    card: {
      of: 'interleave',
      emits: { data: ['1-234|', '-78--9|'], out: '1-(278)349|' },
      backpressures: { op: (flows) => [interleave(flows, 1)], data: ['1-2', '-'], out: '1--', upstream: ['2', '1'] },
      completes: [
        { op: (flows) => [interleave(flows, 1)], data: ['1|', '78|'], out: '(17)8|' },
        { op: (flows) => [interleave(flows, 1, { eagerComplete: true })], data: ['1|', '7-89'], out: '(17)|' },
      ],
      cancels: { data: ['1#', '-7-'], out: '1#', upstream: ['2', '1!'] },
    },
  },
  {
    name: 'zipWith',
    ...two,
    junction: (flows) => [zipWith(flows, (...items) => items)],
    model: ([a = [], b = []]) => [a.slice(0, b.length).map((n, index) => [n, b[index]])],
    from: (pair: number[]) => pair,
    loses: ['unpaired', 'cancelled'],
    card: {
      of: 'zipWith',
      emits: {
        op: (flows) => [zipWith(flows, (a: number, b: number) => a + b)],
        data: ['1-2-3|', '-4-5-|'],
        out: '-5-7-|',
        lost: { unpaired: 1 },
      },
      backpressures: { data: ['12', '-'], out: '--', upstream: ['1', '1'] },
      completes: {
        op: (flows) => [zipWith(flows, (a: number, b: number) => a + b)],
        data: ['1|', '4-5'],
        out: '5|',
        upstream: ['2', '2!'],
      },
      cancels: { data: ['#', '-'], out: '#', upstream: ['1', '(1!)'] },
      loses: { data: ['1-', '-|'], out: '-|', lost: { unpaired: 1 } },
    },
  },
  {
    name: 'zipAll',
    ...two,
    loses: ['unpaired', 'cancelled'],
    junction: (flows) => [zipAll(flows, 0)],
    model: ([a = [], b = []]) => [
      Array.from({ length: Math.max(a.length, b.length) }, (_, at) => [a[at] ?? 0, b[at] ?? 0]),
    ],
    cutByFailure: true,
    from: (pair: number[]) => pair.filter((n) => n !== 0),
    card: {
      of: 'zipAll',
      emits: { data: ['12-|', '5---|'], values: { A: [1, 5], B: [2, 0] }, out: 'A---(B|)' },
      backpressures: { data: ['12', '-'], out: '--', upstream: ['1', '1'] },
      completes: { data: ['|', '5-|'], values: { A: [0, 5] }, out: 'A-|' },
      cancels: { data: ['#', '-'], out: '#', upstream: ['1', '(1!)'] },
    },
  },
  {
    name: 'zipLatest',
    ...two,
    rate: true,
    order: 'any',
    junction: (flows) => [zipLatest(flows)],
    model: (inputs) => [inputs.flat()],
    view: (pairs: readonly number[][]) => [...new Set(pairs.flat())],
    cutByFailure: true,
    from: (pair: number[]) => pair,
    card: {
      of: 'zipLatest',
      emits: {
        data: ['1-2--|', '-5-6-|'],
        values: { A: [1, 5], B: [2, 5], C: [2, 6] },
        out: '-ABC-|',
      },
      backpressures: { data: ['12', '5'], demand: '1', values: { A: [1, 5] }, out: 'A-', upstream: ['2', '2'] },
      completes: [
        { data: ['1-2|', '-5|'], values: { A: [1, 5], B: [2, 5] }, out: '-AB|' },
        { data: ['1--', '-|'], out: '-|', upstream: ['2!', '1'] },
        {
          op: (flows) => [zipLatest(flows, { eagerComplete: true })],
          data: ['1--', '5|'],
          values: { A: [1, 5] },
          out: 'A|',
        },
      ],
      cancels: { data: ['1#', '--'], out: '-#', upstream: ['2', '1!'] },
    },
  },
  {
    name: 'withLatestFrom',
    ...two,
    rate: true,
    order: 'any',
    junction: ([a, b]) => [(a as Flow<number>).via(withLatestFrom(b as Flow<number>))],
    model: (inputs) => [inputs.flat()],
    view: (pairs: readonly number[][]) => [...new Set(pairs.flat())],
    cutByFailure: true,
    from: (pair: number[]) => pair,
    card: {
      of: 'withLatestFrom',
      emits: { data: ['1-2-3|', '-5-6--'], values: { A: [1, 5], B: [2, 5], C: [3, 6] }, out: '-AB-C|' },
      backpressures: { data: ['12', '--'], out: '--', upstream: ['1', '1'] },
      completes: [
        { data: ['1|', '5-6'], values: { A: [1, 5] }, out: 'A|' },
        { data: ['1-', '-|'], out: '-|', lost: { unpaired: 1 } },
      ],
      cancels: { data: ['1|', '5-6'], values: { A: [1, 5] }, out: 'A|', upstream: ['2', '2!'] },
    },
  },
  {
    name: 'orElse',
    ...two,
    junction: ([a, b]) => [(a as Flow<number>).via(orElse(b as Flow<number>))],
    model: ([a = [], b = []]) => [a.length === 0 ? b : a],
    cutByFailure: true,
    from: identity,
    card: {
      of: 'orElse',
      emits: [
        { data: ['1|', '7-'], out: '1|', upstream: ['2', '!'] },
        { data: ['--|', '78|'], out: '--(78|)' },
      ],
      completes: [
        { data: ['1|', '7-'], out: '1|' },
        { data: ['|', '7|'], out: '7|' },
      ],
      cancels: { data: ['-1', '7'], out: '-1', upstream: ['11', '-!'] },
    },
  },
  {
    name: 'prepend',
    ...two,
    junction: ([a, b]) => [(a as Flow<number>).via(prepend(b as Flow<number>))],
    model: ([a = [], b = []]) => [[...b, ...a]],
    cutByFailure: true,
    from: identity,
    card: {
      of: 'prepend',
      emits: { data: ['1-2|', '78-|'], out: '78-(12|)' },
      completes: { data: ['1|', '7|'], out: '7(1|)' },
    },
  },
]

/** The same, with flows that are parts of one. */
export const parts: readonly OperatorSubject[] = [
  {
    name: 'race',
    operator: (input) => race([input, flow<number>([])]),
    model: (items) => items,
    from: identity,
    card: {
      of: 'race',
      emits: { op: raced, data: '--1-2|', out: '--1-2|' },
      completes: { op: raced, data: '|', out: '|' },
      cancels: { op: raced, data: '#', out: '#' },
      loses: async (w) => {
        const [first, other] = [w.source<number>(), w.source<number>()]
        const sink = w.sink<number>()
        const run = w.run(race([first.flow, other.flow]), sink)
        first.send(1, 2)
        other.send(9)
        await w.advance(1)
        sink.request(3)
        await sink.expectNext(1, 2)
        first.complete()
        await sink.expectComplete()
        if (run.inspect().ledger.dropped['late'] !== 1) throw new Error('the late item is not counted')
      },
    },
  },
  {
    name: 'mergeSequence',
    operator: (input) => {
      const of = partitionNode(input.node, 2, (n: number) => (n % 3 === 0 ? 1 : 0))
      const branches = [0, 1].map((index) => new Flow<number>({ type: 'outlet', name: of.name, of, index }))
      return mergeSequence(branches, (n) => n, { first: 1 })
    },
    model: (items) => items,
    cutByFailure: true,
    from: identity,
    card: {
      of: 'mergeSequence',
      emits: { data: '1-23|', out: '1-23|' },
      backpressures: { data: '12', demand: '1', out: '1-' },
      completes: { data: '1|', out: '1|' },
      cancels: { data: '1#', out: '1#' },
    },
  },
]
