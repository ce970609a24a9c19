import { aggregateWithBoundary } from '../../../src/flow/windows/aggregate-with-boundary.ts'
import { sessionWindow } from '../../../src/flow/windows/session-window.ts'
import { windowByTime, type TimeWindow } from '../../../src/flow/windows/window-by-time.ts'
import type { OperatorSubject } from '../../../src/testkit/subject.ts'

const flat = (groups: readonly (readonly number[])[]): number[] => groups.flat()
const itemsOf = ({ items }: TimeWindow<number>): readonly number[] => items

/** Groups of items, each begun anew when the sum of the one before has reached ten. */
function upToTen(items: readonly number[]): number[][] {
  const groups: number[][] = []
  let sum = Infinity
  for (const n of items) {
    if (sum >= 10) {
      groups.push([])
      sum = 0
    }
    sum += n
    groups.at(-1)?.push(n)
  }
  return groups
}

/** Windows of five over the numbers themselves as their time. */
function fives(items: readonly number[]): TimeWindow<number>[] {
  const starts = [...new Set(items.map((n) => Math.floor(n / 5) * 5))]
  return starts.map((start) => ({ start, end: start + 5, items: items.filter((n) => Math.floor(n / 5) * 5 === start) }))
}

/** Several items as one where time or the data itself says so: sessions, windows over the time that items carry, folds with an end of their own. */
export const windows: readonly OperatorSubject[] = [
  {
    name: 'sessionWindow',
    operator: (flow) => flow.via(sessionWindow({ gap: 3, items: 4 })),
    model: (items) => [items],
    view: flat,
    from: (session) => session,
    card: {
      of: 'sessionWindow',
      emits: {
        data: '-12-3-----4|',
        values: { A: [1, 2, 3], B: [4] },
        out: '-------A---(B|)',
      },
      backpressures: {
        op: (flow) => flow.via(sessionWindow({ gap: 3, items: 2 })),
        data: '(12345)',
        demand: '-----1',
        values: { A: [1, 2] },
        out: '-----A',
        upstream: '2----2',
      },
      loses: { data: '12', demand: '--!', out: '-', upstream: '4-!', lost: { cancelled: 2 } },
    },
  },
  {
    name: 'sessionWindow of limited length',
    operator: (flow) => flow.via(sessionWindow({ gap: '1h', items: 4, within: 7 })),
    model: (items) => [items],
    view: flat,
    from: (session) => session,
    card: {
      of: 'sessionWindow',
      variant: 'within',
      emits: {
        op: (flow) => flow.via(sessionWindow({ gap: 3, items: 9, within: 5 })),
        data: '-1-2-3-4|',
        values: { A: [1, 2, 3], B: [4] },
        out: '------A-(B|)',
      },
    },
  },
  {
    name: 'aggregateWithBoundary',
    operator: (flow) =>
      flow
        .via(
          aggregateWithBoundary({
            seed: (n) => ({ items: [n], sum: n }),
            fold: ({ items, sum }, n) => ({ items: [...items, n], sum: sum + n }),
            isFull: ({ sum }) => sum >= 10,
            items: 20,
          }),
        )
        .map(({ items }) => items),
    model: upToTen,
    from: (items) => items,
    card: {
      of: 'aggregateWithBoundary',
      emits: {
        op: (flow) =>
          flow.via(
            aggregateWithBoundary({
              seed: (n: number) => n,
              fold: (sum: number, n: number) => sum + n,
              isFull: (sum) => sum >= 5,
              items: 20,
            }),
          ),
        data: '-2-3-9-1|',
        out: '---5-9--(1|)',
      },
      backpressures: {
        op: (flow) =>
          flow.via(
            aggregateWithBoundary({ seed: (n: number) => n, fold: (sum: number, n: number) => sum + n, items: 2 }),
          ),
        data: '(1234)',
        demand: '---1-1',
        out: '---3-7',
        upstream: '2--2-2',
      },
      loses: { data: '12', demand: '--!', out: '-', upstream: '(20)-!', lost: { cancelled: 2 } },
    },
  },
  {
    name: 'windowByTime',
    operator: (flow) => flow.via(windowByTime({ size: 5, timestamp: (n) => n, maxOpen: 3, items: 30 })),
    model: fives,
    from: itemsOf,
    card: {
      of: 'windowByTime',
      emits: [
        {
          data: '-1-3-2-6-5|',
          values: { A: { start: 0, end: 5, items: [1, 3, 2] }, B: { start: 5, end: 10, items: [6, 5] } },
          out: '-------A--(B|)',
        },
        {
          op: (flow) => flow.via(windowByTime({ size: 4, slide: 2, timestamp: (n: number) => n, maxOpen: 9 })),
          data: '-1-2-4-9|',
          values: {
            A: { start: -2, end: 2, items: [1] },
            B: { start: 0, end: 4, items: [1, 2] },
            C: { start: 2, end: 6, items: [2, 4] },
            D: { start: 4, end: 8, items: [4] },
            E: { start: 6, end: 10, items: [9] },
            F: { start: 8, end: 12, items: [9] },
          },
          out: '---A-B-(CD)(EF|)',
        },
      ],
      backpressures: {
        op: (flow) => flow.via(windowByTime({ size: 5, timestamp: (n: number) => n, maxOpen: 3, items: 4 })),
        data: '1267',
        demand: '------1',
        values: { A: { start: 0, end: 5, items: [1, 2] } },
        out: '------A',
        upstream: '4-----3',
      },
      loses: [
        {
          op: (flow) => flow.via(windowByTime({ size: 5, timestamp: (n: number) => n, lateness: 2, maxOpen: 3 })),
          data: '-1-6-3-8-2|',
          values: { A: { start: 0, end: 5, items: [1, 3] }, B: { start: 5, end: 10, items: [6, 8] } },
          out: '-------A--(B|)',
          lost: { late: 1 },
        },
        {
          op: (flow) =>
            flow.via(
              windowByTime({ size: 5, timestamp: (n: number) => n, maxOpen: 1, lateness: 9, overflow: 'drop-newest' }),
            ),
          data: '-1-6-2|',
          values: { A: { start: 0, end: 5, items: [1, 2] } },
          out: '------(A|)',
          lost: { 'drop-newest': 1 },
        },
      ],
    },
  },
  {
    name: 'windowByTime that slides',
    operator: (flow) => flow.via(windowByTime({ size: 4, slide: 2, timestamp: (n) => n, maxOpen: 3, items: 8 })),
    model: (items) =>
      [...new Set(items.flatMap((n) => [Math.floor(n / 2) * 2 - 2, Math.floor(n / 2) * 2]))].map((start) => ({
        start,
        end: start + 4,
        items: items.filter((n) => n >= start && n < start + 4),
      })),
    from: itemsOf,
  },
  {
    name: 'windowByTime with few places',
    operator: (flow) => flow.via(windowByTime({ size: 4, timestamp: (n) => n, lateness: '1h', maxOpen: 2, items: 5 })),
    model: (items) => [{ items }],
    view: (results: readonly TimeWindow<number>[]) => results.flatMap(({ items }) => items),
    from: itemsOf,
  },
]
