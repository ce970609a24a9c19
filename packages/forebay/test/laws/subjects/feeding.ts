import { expect } from 'vitest'
import type { Flow } from '../../../src/flow/flow.ts'
import { lazy } from '../../../src/flow/sources/lazy.ts'
import { maybe, type Maybe } from '../../../src/flow/sources/maybe.ts'
import { queueSource } from '../../../src/flow/sources/queue-source.ts'
import type { SourceSubject } from '../../../src/testkit/subject.ts'
import type { World } from '../../../src/testkit/world.ts'

const nine = [1, 2, 3, 4, 5, 6, 7, 8, 9]

/** Sources that are fed by calls from outside. */
export const feeding: readonly SourceSubject[] = [
  {
    name: 'queueSource',
    source: (bench) =>
      lazy(() => {
        const queue = queueSource<number>({ items: 3 })
        const feed = async (): Promise<void> => {
          for (const n of nine) {
            await bench.work(n)
            await queue.put(n)
          }
          queue.complete()
        }
        void feed()
        return queue.flow
      }),
    items: nine,
    card: {
      of: 'queueSource',
      emits: async (w) => {
        const queue = queueSource<number>({ items: 2 })
        const sink = w.sink<number>()
        w.run(queue.flow, sink)
        expect([queue.offer(1), queue.offer(2), queue.offer(3)]).toEqual(['accepted', 'accepted', 'full'])
        sink.request(2)
        await sink.expectNext(1, 2)
      },
      backpressures: async (w) => {
        const queue = queueSource<number>({ items: 1 })
        const sink = w.sink<number>()
        w.run(queue.flow, sink)
        expect([queue.offer(1), queue.offer(2)]).toEqual(['accepted', 'full'])
        const put = queue.put(2)
        sink.request(1)
        await sink.expectNext(1)
        expect(await put).toBe('accepted')
      },
      completes: async (w) => {
        const queue = queueSource<number>({ items: 2 })
        const sink = w.sink<number>()
        w.run(queue.flow, sink)
        queue.offer(1)
        queue.complete()
        expect(queue.offer(2)).toBe('closed')
        sink.request(1)
        await sink.expectNext(1)
        await sink.expectComplete()
      },
      loses: async (w) => {
        const queue = queueSource<number>({ items: 1, overflow: 'drop-oldest' })
        const sink = w.sink<number>()
        const run = w.run(queue.flow, sink)
        expect([queue.offer(1), queue.offer(2)]).toEqual(['accepted', 'accepted'])
        run.cancel()
        await w.advance(0)
        expect(run.inspect()).toMatchObject({
          balanced: true,
          ledger: { in: 2, out: 0, dropped: { 'drop-oldest': 1, cancelled: 1 } },
        })
        expect(queue.offer(3)).toBe('closed')
      },
    },
  },
  {
    name: 'maybe',
    source: (bench) =>
      lazy(() => {
        const told = maybe<number>()
        void Promise.resolve(bench.work(7)).then((n) => told.succeed(n))
        return told.flow
      }),
    items: [7],
    endNeedsDemand: true,
    card: {
      of: 'maybe',
      emits: { op: (w) => telling(w, 3, (told) => told.succeed(1)), data: [], demand: '-1', out: '---(1|)' },
      completes: { op: (w) => telling(w, 3, (told) => told.complete()), data: [], demand: '1', out: '---|' },
    },
  },
]

/** A flow that is told something after `ms`. */
function telling(w: World, ms: number, tell: (told: Maybe<number>) => void): Flow<number> {
  const told = maybe<number>()
  w.clock.after(ms, () => tell(told))
  return told.flow
}
