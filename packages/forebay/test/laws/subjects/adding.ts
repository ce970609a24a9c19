import { endWith, intersperse, startWith } from '../../../src/flow/operators/added.ts'
import type { OperatorSubject } from '../../../src/testkit/subject.ts'

const unlessMade = (result: number): number[] => (result <= 0 ? [] : [result])
const between = (items: readonly number[]): number[] => items.flatMap((n, index) => (index === 0 ? [n] : [0, n]))

/** Items of the program's own, put before, between or after those that come. They are no records of a source. */
export const adding: readonly OperatorSubject[] = [
  {
    name: 'startWith',
    operator: (flow) => flow.via(startWith(-1, -2)),
    model: (items) => [-1, -2, ...items],
    failed: (items) => ({ items: [-1, -2, ...items], ends: 'failed' }),
    from: unlessMade,
    endNeedsDemand: true,
    card: {
      of: 'startWith',
      emits: {
        op: (flow) => flow.via(startWith(7, 8)),
        data: '-1-2|',
        demand: '1--3',
        out: '7--(812)|',
        upstream: '---2',
      },
      completes: { op: (flow) => flow.via(startWith(7, 8)), data: '|', demand: '-1-1', out: '-7-(8|)' },
    },
  },
  {
    name: 'endWith',
    operator: (flow) => flow.via(endWith(-1, -2)),
    model: (items) => [...items, -1, -2],
    failed: (items) => ({ items, ends: 'failed' }),
    from: unlessMade,
    endNeedsDemand: true,
    card: {
      of: 'endWith',
      emits: [
        { op: (flow) => flow.via(endWith(7, 8)), data: '-1|', demand: '2----1', out: '-17--(8|)' },
        { op: (flow) => flow.via(endWith(7, 8)), data: '-1#', out: '-1#' },
      ],
      completes: { op: (flow) => flow.via(endWith(7)), data: '-1|', demand: '2', out: '-1(7|)' },
    },
  },
  {
    name: 'intersperse',
    operator: (flow) => flow.via(intersperse(0)),
    model: between,
    from: unlessMade,
  },
  {
    name: 'intersperse with start and end',
    operator: (flow) => flow.via(intersperse(0, { start: -1, end: -2 })),
    model: (items) => [-1, ...between(items), -2],
    failed: (items) => ({ items: items.length === 0 ? [] : [-1, ...between(items)], ends: 'failed' }),
    from: unlessMade,
    endNeedsDemand: true,
    card: {
      of: 'intersperse',
      emits: [
        {
          op: (flow) => flow.via(intersperse('x', { start: 's', end: 'e' })),
          data: '-1---2----|',
          demand: '3------1---1',
          out: '-(s1)---x-2---(e|)',
        },
        { op: (flow) => flow.via(intersperse(0, { start: 7, end: 8 })), data: '-|', out: '-(78|)' },
      ],
      completes: {
        op: (flow) => flow.via(intersperse(0)),
        data: '-12|',
        demand: '2----1',
        out: '-10--(2|)',
      },
    },
  },
]
