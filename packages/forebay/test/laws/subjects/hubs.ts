import { broadcastHub } from '../../../src/flow/hubs/broadcast-hub.ts'
import { mergeHub } from '../../../src/flow/hubs/merge-hub.ts'
import { partitionHub } from '../../../src/flow/hubs/partition-hub.ts'
import { flow } from '../../../src/flow/sources.ts'
import type { SourceSubject } from '../../../src/testkit/subject.ts'
import { brought, completes, expectThat, fed, items, perRun, ticking } from '../hub-rig.ts'

/** One flow that feeds many, or many that feed one, which come and go while it runs. */
export const hubs: readonly SourceSubject[] = [
  {
    name: 'broadcastHub',
    source: () => perRun(() => fed(broadcastHub<number>()).subscribe()),
    items,
    loses: ['cancelled'],
    card: {
      of: 'broadcastHub',
      emits: [
        {
          op: (w) => {
            const hub = broadcastHub<number>()
            ticking(w, hub, 3)
            return hub.subscribe()
          },
          out: '-1-2-(3|)',
        },
        async (w) => {
          const hub = broadcastHub<number>({ startAfter: 2 })
          const source = w.source<number>()
          w.run(source.flow.to(hub))
          const [a, b] = [w.sink<number>(), w.sink<number>()]
          w.run(hub.subscribe({ items: 1 }), a)
          w.run(hub.subscribe({ items: 1 }), b)
          a.request(9)
          source.send(1, 2, 3)
          await a.expectNext(1)
          await a.expectNothing(5)
          b.request(2)
          await b.expectNext(1, 2)
          await a.expectNext(2, 3)
        },
      ],
      backpressures: async (w) => {
        const hub = broadcastHub<number>({ startAfter: 2 })
        const source = w.source<number>()
        w.run(source.flow.to(hub))
        const [a, b] = [w.sink<number>(), w.sink<number>()]
        source.send(1, 2, 3)
        w.run(hub.subscribe({ items: 1 }), a)
        a.request(9)
        await a.expectNothing(5)
        w.run(hub.subscribe({ items: 1 }), b)
        await a.expectNext(1)
        await a.expectNothing(5)
        b.cancel()
        await a.expectNext(2, 3)
        a.cancel()
        await w.advance(1)
        // Nobody is there: it waits with the next item, and does not ask for another.
        source.send(4)
        await w.advance(1)
        expectThat(hub.inspect().in === 3 && source.demand === 0, 'it waits for a subscriber')
      },
      completes: (w) => completes(w, broadcastHub()),
      cancels: async (w) => {
        const hub = broadcastHub<number>()
        const source = w.source<number>()
        const producer = w.run(source.flow.to(hub))
        const [a, b] = [w.sink<number>(), w.sink<number>()]
        w.run(hub.subscribe(), a)
        w.run(
          hub.subscribe().map(() => {
            throw new Error('of its own')
          }),
          b,
        )
        a.request(9)
        b.request(9)
        source.send(1, 2)
        await a.expectNext(1, 2)
        await b.expectFailure()
        a.cancel()
        await w.advance(5)
        expectThat(producer.inspect().state === 'running' && hub.inspect().left === 2, 'it has not cancelled')
      },
      loses: async (w) => {
        const hub = broadcastHub<number>({ live: true })
        const source = w.source<number>()
        w.run(source.flow.to(hub))
        source.send(1, 2)
        await w.advance(1)
        const sink = w.sink<number>()
        w.run(hub.subscribe({ items: 1, overflow: 'drop-newest' }), sink)
        source.send(3, 4, 5)
        await w.advance(1)
        sink.request(9)
        await sink.expectNext(3)
        expectThat(hub.inspect().unheard === 2, 'two came when nobody was there')
        expectThat(sink.discarded['drop-newest'] === 2, 'two did not fit')
      },
    },
  },
  {
    name: 'partitionHub',
    source: () => perRun(() => fed(partitionHub<number>({ key: String })).subscribe()),
    items,
    loses: ['cancelled'],
    card: {
      of: 'partitionHub',
      emits: {
        op: (w) => {
          const hub = partitionHub<number>({ route: (n) => n % 2, startAfter: 2 })
          ticking(w, hub, 4)
          w.run(hub.subscribe().to(() => {}))
          return hub.subscribe()
        },
        out: '-1---3-|',
      },
      backpressures: async (w) => {
        const hub = partitionHub<number>({ route: (n) => n % 2, startAfter: 2 })
        const source = w.source<number>()
        w.run(source.flow.to(hub))
        const [even, odd] = [w.sink<number>(), w.sink<number>()]
        source.send(2, 4, 1)
        w.run(hub.subscribe({ items: 1 }), even)
        await w.advance(1)
        expectThat(hub.inspect().state === 'waiting', 'it waits for the second one')
        w.run(hub.subscribe({ items: 1 }), odd)
        odd.request(9)
        await odd.expectNothing(5)
        even.request(1)
        await odd.expectNext(1)
      },
      completes: (w) => completes(w, partitionHub({ key: String })),
      cancels: async (w) => {
        const hub = partitionHub<number>({ route: (_, targets) => targets.length - 1 })
        const source = w.source<number>()
        const producer = w.run(source.flow.to(hub))
        const [a, b] = [w.sink<number>(), w.sink<number>()]
        w.run(hub.subscribe({ items: 1 }), a)
        w.run(hub.subscribe({ items: 1 }), b)
        a.request(9)
        source.send(1, 2)
        await w.advance(1)
        b.cancel()
        await a.expectNext(2)
        a.cancel()
        await w.advance(1)
        expectThat(producer.inspect().state === 'running', 'it has not cancelled')
      },
      loses: async (w) => {
        const hub = partitionHub<number>({ key: String, live: true })
        const source = w.source<number>()
        w.run(source.flow.to(hub))
        source.send(1, 2)
        await w.advance(1)
        const sink = w.sink<number>()
        w.run(hub.subscribe({ items: 1, overflow: 'drop-oldest' }), sink)
        source.send(3, 4)
        await w.advance(1)
        sink.request(9)
        await sink.expectNext(4)
        expectThat(hub.inspect().unheard === 2, 'two came when nobody was there')
        expectThat(sink.discarded['drop-oldest'] === 1, 'one did not fit')
      },
    },
  },
  {
    name: 'mergeHub',
    source: () => perRun(() => brought(mergeHub<number>()).flow),
    items,
    loses: ['cancelled'],
    card: {
      of: 'mergeHub',
      emits: {
        op: (w) => {
          const hub = mergeHub<number>()
          for (const at of [1, 3]) {
            w.clock.after(at, () => w.run(flow.range(at * 10, at * 10 + 1).to(hub.sink())))
          }
          w.clock.after(5, () => hub.shutdown())
          return hub.flow
        },
        values: { a: 10, b: 11, c: 30, d: 31 },
        out: '-(ab)-(cd)-|',
      },
      backpressures: async (w) => {
        const hub = mergeHub<number>({ items: 3, perProducer: 2 })
        const [a, b] = [w.source<number>(), w.source<number>()]
        w.run(a.flow.to(hub.sink()))
        w.run(b.flow.to(hub.sink()))
        a.send(1, 2, 3, 4)
        await w.advance(1)
        b.send(11, 12, 13)
        await w.advance(1)
        // Two of the first, one of the second; and each waits with one more.
        const { held, producers } = hub.inspect()
        expectThat(held === 3, 'it holds three')
        expectThat(
          producers.every(({ waiting }) => waiting === 1),
          'one write of each waits',
        )
        const sink = w.sink<number>()
        w.run(hub.flow, sink)
        sink.request(9)
        await sink.expectUnordered(1, 2, 3, 4, 11, 12, 13)
      },
      completes: async (w) => {
        const hub = mergeHub<number>()
        const source = w.source<number>()
        w.run(source.flow.to(hub.sink()))
        const sink = w.sink<number>()
        w.run(hub.flow, sink)
        hub.shutdown()
        source.send(1)
        source.complete()
        await sink.expectNothing(5)
        sink.request(1)
        await sink.expectNext(1)
        await sink.expectComplete()
      },
      cancels: async (w) => {
        const hub = mergeHub<number>()
        const source = w.source<number>()
        const producer = w.run(source.flow.to(hub.sink()))
        const sink = w.sink<number>()
        w.run(hub.flow, sink)
        sink.cancel()
        source.send(1)
        await source.expectCancel()
        const error: unknown = await producer.done.catch((reason: unknown) => reason)
        expectThat((error as { code?: string }).code === 'FOREBAY_CLOSED', 'what it writes is refused')
      },
      loses: async (w) => {
        for (const end of ['cancelled', 'failed'] as const) {
          const hub = mergeHub<number>()
          const source = w.source<number>()
          w.run(source.flow.to(hub.sink()))
          source.send(1, 2)
          const sink = w.sink<number>()
          w.run(hub.flow, sink)
          await w.advance(1)
          if (end === 'cancelled') sink.cancel()
          else hub.abort(new Error('enough'))
          await w.advance(1)
          expectThat(sink.discarded[end] === 2, `two are ${end}`)
        }
      },
    },
  },
]
