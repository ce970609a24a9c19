import { checkItems } from '../../../src/flow/operators/check-items.ts'
import { dematerialize, materialize, type Materialized } from '../../../src/flow/operators/materialize.ts'
import { watch } from '../../../src/flow/operators/watch.ts'
import { expect } from 'vitest'
import type { OperatorSubject } from '../../../src/testkit/subject.ts'

const identity = (result: number): number[] => [result]
const item = (value: number): Materialized<number> => ({ kind: 'item', value })
const nothing = (): void => {}
const end: Materialized<number> = { kind: 'complete' }

/** What happens to a flow, as calls of hooks or as values that go on; and what must be true of its items. */
export const watching: readonly OperatorSubject[] = [
  {
    name: 'watch',
    operator: (flow) => flow.via(watch({ onStart: nothing, onItem: nothing, onCancel: nothing, onEnd: nothing })),
    model: (items) => items,
    from: identity,
    card: {
      of: 'watch',
      emits: async (w) => {
        const calls: unknown[] = []
        const source = w.source<number>()
        const sink = w.sink<number>()
        const note = (name: string) => (value?: unknown) => calls.push([name, value])
        w.run(
          source.flow.via(
            watch({
              onStart: note('start'),
              onItem: note('item'),
              onComplete: note('complete'),
              onError: note('error'),
              onCancel: note('cancel'),
              onEnd: note('end'),
            }),
          ),
          sink,
        )
        await w.advance(0)
        expect(calls).toEqual([])
        sink.request(2)
        source.send(1)
        await sink.expectNext(1)
        source.complete()
        await sink.expectComplete()

        expect(calls).toEqual([
          ['start', undefined],
          ['item', 1],
          ['complete', undefined],
          ['end', 'completed'],
        ])
      },
    },
  },
  {
    name: 'checkItems',
    operator: (flow) => flow.via(checkItems((n) => n < 6)),
    model: (items) => items.slice(0, 5),
    stopsAt: 6,
    from: identity,
    card: {
      of: 'checkItems',
      emits: { data: '-1-2|', out: '-1-2|' },
      cancels: {
        data: '-1-7-2',
        out: '-1-#',
        upstream: '*--!',
        lost: { failed: 1 },
        error: 'FOREBAY_CHECK_FAILED',
      },
    },
  },
  {
    name: 'materialize',
    operator: (flow) => flow.via(materialize()),
    model: (items) => [...items.map(item), end],
    view: (results: readonly Materialized<number>[]) =>
      results.map((result) => (result.kind === 'failure' ? 'failure' : result)),
    failed: (items) => ({
      items: [...items.map(item), { kind: 'failure', error: undefined }],
      ends: 'completed',
    }),
    from: (result: Materialized<number>) => (result.kind === 'item' ? [result.value] : []),
    endNeedsDemand: true,
    card: {
      of: 'materialize',
      emits: {
        data: '-1|',
        values: { A: { kind: 'item', value: 1 }, C: { kind: 'complete' } },
        out: '-A(C|)',
      },
      completes: {
        op: (flow) => flow.via(materialize()).map((value) => value.kind),
        data: '-1#',
        demand: '1----1',
        values: { A: 'item', F: 'failure' },
        out: '-A---(F|)',
      },
    },
  },
  {
    name: 'materialize and dematerialize',
    operator: (flow) => flow.via(materialize()).via(dematerialize()),
    model: (items) => items,
    from: identity,
    endNeedsDemand: true,
    card: {
      of: 'dematerialize',
      emits: {
        op: (flow) => flow.via(dematerialize()),
        data: '-A-B-C-A',
        values: { A: item(1), B: item(2), C: end },
        out: '-1-2-|',
      },
      completes: [
        { op: (flow) => flow.via(dematerialize()), data: '-C-A', values: { A: item(1), C: end }, out: '-|' },
        { op: (flow) => flow.via(dematerialize()), data: '-A|', values: { A: item(1) }, out: '-1|' },
      ],
      cancels: [
        { op: (flow) => flow.via(dematerialize()), data: '-C', values: { C: end }, upstream: '*!' },
        { op: (flow) => flow.via(dematerialize()), data: '-', demand: '*-!', upstream: '*-!' },
      ],
      loses: {
        op: (flow) => flow.via(dematerialize()),
        data: '-F',
        values: { F: { kind: 'failure', error: new Error('told') } },
        out: '-#',
        lost: { failed: 1 },
        error: 'told',
      },
    },
  },
]
