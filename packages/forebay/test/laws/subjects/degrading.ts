import { degrade } from '../../../src/flow/degrade/degrade.ts'
import type { OperatorSubject } from '../../../src/testkit/subject.ts'

const identity = (result: number): number[] => [result]
const same = (item: number): number => item

/** Less of everything under pressure, and everything again when it is over. */
export const degrading: readonly OperatorSubject[] = [
  {
    name: 'degrade, on its best rung',
    operator: (flow) =>
      flow.via(
        degrade<number>({
          levels: [
            { name: 'full', fn: same },
            { name: 'sampled', fn: same, every: 3 },
          ],
          pressure: () => 0,
        }),
      ),
    model: (items) => items,
    from: identity,
    card: {
      of: 'degrade',
      // After a hold with pressure one item in two, then two as one; after one without it goes back.
      emits: {
        op: (flow, w) =>
          flow.via(
            degrade<number>({
              levels: [
                { name: 'full', fn: same },
                { name: 'sampled', fn: same, every: 2 },
                { name: 'summary', window: 2, summary: ([a = 0, b = 0]) => a + b },
              ],
              hold: 4,
              pressure: () => (w.clock.now() < 8 ? 1 : 0),
            }),
          ),
        data: '12341234-12---12|',
        out: '12341-3---3---1-|',
        lost: { degraded: 3 },
      },
      backpressures: { data: '12', demand: '----1', out: '----1', upstream: '1---1' },
      completes: { data: '12|', demand: '-1--1', out: '-1--(2|)' },
      loses: {
        op: (flow) =>
          flow.via(
            degrade<number>({
              levels: [
                { name: 'full', fn: same },
                { name: 'sampled', fn: same, every: 3 },
              ],
              hold: 2,
              pressure: () => 1,
            }),
          ),
        data: '1234567|',
        out: '123--6-|',
        lost: { degraded: 3 },
      },
    },
  },
  {
    name: 'degrade, while downstream is slow',
    operator: (flow) =>
      flow.via(
        degrade<number>({
          levels: [
            { name: 'full', fn: same },
            { name: 'sampled', fn: same, every: 2 },
            { name: 'cached', key: same },
          ],
          hold: 2,
        }),
      ),
    model: (items) => items,
    from: identity,
    rate: true,
    loses: ['degraded'],
  },
  {
    name: 'degrade, with summaries',
    operator: (flow) =>
      flow.via(
        degrade<number, readonly number[]>({
          levels: [
            { name: 'full', fn: (item) => [item] },
            { name: 'summary', window: 3, summary: (items) => [...items] },
          ],
          hold: 2,
          down: 0.01,
          up: 0,
        }),
      ),
    model: (items) => items.map((item) => [item]),
    view: (results) => results.flat(),
    from: (result: readonly number[]) => result,
    rate: true,
  },
]
