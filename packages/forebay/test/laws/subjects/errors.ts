import { expect } from 'vitest'
import { killSwitch } from '../../../src/flow/errors/kill-switch.ts'
import { mapWithResource } from '../../../src/flow/errors/map-with-resource.ts'
import { onErrorComplete } from '../../../src/flow/errors/on-error-complete.ts'
import { restart } from '../../../src/flow/errors/restart.ts'
import { using } from '../../../src/flow/errors/using.ts'
import type { Flow } from '../../../src/flow/flow.ts'
import { flow } from '../../../src/flow/sources.ts'
import { failed, never } from '../../../src/flow/sources/constant.ts'
import { lazy } from '../../../src/flow/sources/lazy.ts'
import type { Subject } from '../../../src/testkit/subject.ts'
import type { World } from '../../../src/testkit/world.ts'
import { failingAt } from '../../support/failing-at.ts'

const nine = [1, 2, 3, 4, 5, 6, 7, 8, 9]
const identity = (result: number): number[] => [result]
const torn = (): Flow<number> => failed(new Error('torn'))

/** One flow after the other, each once, the last one for ever. */
function inTurn<T>(...flows: readonly Flow<T>[]): () => Flow<T> {
  let turn = 0
  return () => flows[Math.min(turn++, flows.length - 1)] as Flow<T>
}

/** What a flow does about failures, about resources, and when everything is to end. */
export const errors: readonly Subject[] = [
  {
    name: 'restart',
    source: (bench) =>
      lazy(() => {
        const parts = [nine.slice(0, 3), nine.slice(3, 6), nine.slice(6)]
        const sources = parts.map((items) => flow(bench.iterable(items)))
        return restart(inTurn(...sources.slice(0, 2).map((part) => part.concat(torn())), sources[2] as Flow<number>), {
          backoff: 3,
        })
      }),
    items: nine,
    endNeedsDemand: true,
    card: {
      of: 'restart',
      emits: {
        op: () => restart(inTurn(flow([1, 2]).concat(torn()), torn(), flow([3])), { backoff: 2, jitter: 0 }),
        data: [],
        out: '(12)-----(3|)',
      },
      backpressures: {
        op: () => restart(inTurn(flow([1]).concat(torn()), flow([2, 3])), { backoff: 2, jitter: 0 }),
        data: [],
        demand: '2-----1',
        out: '1-2---(3|)',
      },
      completes: [
        { op: () => restart(() => flow([1])), data: [], out: '(1|)' },
        {
          op: () => restart(() => flow([1]), { on: 'end', backoff: 2, jitter: 0, max: 2 }),
          data: [],
          out: '1-1---(1|)',
        },
        { op: () => restart(torn, { backoff: 2, jitter: 0, max: 2 }), data: [], out: '------#', error: 'torn' },
        { op: () => restart(torn, { when: () => false }), data: [], out: '#', error: 'torn' },
      ],
      cancels: [
        { op: () => restart(() => never<number>()), data: [], demand: '*-!', out: '' },
        { op: () => restart(torn, { backoff: 9, jitter: 0 }), data: [], demand: '*-!', out: '' },
      ],
    },
  },
  {
    name: 'killSwitch',
    operator: (input) => input.via(killSwitch().flow()),
    model: (items) => items,
    from: identity,
    card: {
      of: 'killSwitch',
      emits: [
        { data: '-1-2|', out: '-1-2|' },
        { op: (input, w) => input.via(killed(w, 3, 'shutdown')), data: '-1-2-3', out: '-1-|', upstream: '(64)1-!' },
      ],
      completes: [
        { data: '-1|', out: '-1|' },
        { op: (input, w) => input.via(killed(w, 2, 'shutdown')), data: '', demand: '---', out: '--|', upstream: '--!' },
        { op: (input, w) => input.via(killed(w, 2, 'abort')), data: '', demand: '---', out: '--#', error: 'killed' },
      ],
      cancels: [
        { data: '-1', demand: '*-!', out: '-1', upstream: '(64)1!' },
        {
          op: (input, w) => input.via(killed(w, 2, 'abort')),
          data: '',
          upstream: '(64)-!',
          out: '--#',
          error: 'killed',
        },
      ],
      loses: [
        { op: (input, w) => input.via(killed(w, 2, 'shutdown')), data: '1', out: '1-|' },
        { op: (input, w) => input.via(killed(w, 2, 'abort')), data: '1', out: '1-#', error: 'killed' },
      ],
    },
  },
  {
    name: 'onErrorComplete',
    operator: (input) => input.via(onErrorComplete()),
    model: (items) => items,
    failed: (items) => ({ items, ends: 'completed' }),
    from: identity,
    card: {
      of: 'onErrorComplete',
      emits: { data: '-1-#', out: '-1-|' },
      completes: [
        { data: '-1|', out: '-1|' },
        { op: (input) => input.via(onErrorComplete(() => false)), data: '-1-#', out: '-1-#' },
      ],
      loses: {
        op: (input) => input.map(failingAt(2)).via(onErrorComplete()),
        data: '-1-2-3',
        out: '-1-|',
        upstream: '*--!',
        lost: { failed: 1 },
      },
    },
  },
  {
    name: 'using',
    source: (bench) =>
      using({
        open: (signal) => bench.work({ close: bench.open('resource') }, signal),
        use: () => flow(bench.iterable(nine)),
        close: (resource) => {
          resource.close()
          return bench.work(undefined)
        },
      }),
    items: nine,
    endNeedsDemand: true,
    card: {
      of: 'using',
      emits: { op: (w) => using({ ...slow(w), use: () => flow([1, 2]) }), data: [], demand: '1---2', out: '-1--2--|' },
      backpressures: {
        op: (w) => using({ ...slow(w), use: () => flow([1, 2]) }),
        data: [],
        demand: '---1',
        out: '----1',
      },
      completes: { op: (w) => using({ ...slow(w), use: () => flow<number>([]) }), data: [], out: '----|' },
      cancels: async (w) => {
        const calls: string[] = []
        const open = (signal: AbortSignal): Promise<string> => {
          signal.addEventListener('abort', () => calls.push('told'))
          return w.delay(5, 'resource')
        }
        const sink = w.sink<number>()
        w.run(using({ open, use: () => flow([1]), close: (resource) => calls.push(`close ${resource}`) }), sink)
        sink.request(1)
        await w.advance(2)
        sink.cancel('enough')
        expect(calls).toEqual(['told'])
        await w.advance(9)
        expect(calls).toEqual(['told', 'close resource'])
      },
    },
  },
  {
    name: 'mapWithResource',
    operator: (input, bench) =>
      input.via(
        mapWithResource({
          open: (signal) => bench.work({ close: bench.open('resource') }, signal),
          map: (_, n: number, signal) => bench.work(n, signal),
          close: (resource) => {
            resource.close()
            return bench.work(undefined)
          },
        }),
      ),
    model: (items) => items,
    from: identity,
    loses: ['cancelled'],
    card: {
      of: 'mapWithResource',
      emits: {
        op: (input, w) => input.via(mapWithResource({ ...slow(w), map: (_, n) => w.delay(2, n) })),
        data: '1----2|',
        out: '---1---2--|',
      },
      backpressures: {
        op: (input, w) => input.via(mapWithResource({ ...slow(w), map: (_, n) => w.delay(2, n) })),
        data: '12',
        demand: '2----',
        upstream: '1--1',
        out: '---1-2',
      },
      completes: {
        op: (input, w) => input.via(mapWithResource({ ...slow(w), map: (_, n) => n })),
        data: '1|',
        out: '-1--|',
      },
      cancels: [
        {
          op: (input, w) => input.via(mapWithResource({ ...slow(w), map: (_, n) => n })),
          data: '-1',
          demand: '*---!',
          out: '--1',
          upstream: '1-1-!',
        },
        {
          op: (input) => input.via(mapWithResource({ ...nothing, map: (_, n: number) => failingAt(1)(n) })),
          data: '-1',
          out: '-#',
          upstream: '1!',
          error: 'item 1',
          lost: { failed: 1 },
        },
      ],
      loses: {
        op: (input) => input.via(mapWithResource({ ...nothing, map: (_, n: number) => failingAt(2)(n) })),
        data: '-1-2',
        out: '-1-#',
        error: 'item 2',
        lost: { failed: 1 },
      },
    },
  },
]

const nothing = { open: () => 0, close: () => {} }

/** Something that takes 1 ms to open and 3 to close. */
function slow(w: World): { open: () => Promise<number>; close: () => Promise<void> } {
  return { open: () => w.delay(1, 0), close: () => w.delay(3) }
}

/** A switch that is thrown after `ms`. */
function killed(w: World, ms: number, how: 'shutdown' | 'abort'): <T>(input: Flow<T>) => Flow<T> {
  const kill = killSwitch()
  w.clock.after(ms, () => kill[how](new Error('killed')))
  return (input) => input.via(kill.flow())
}
