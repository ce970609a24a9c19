import { share } from '../../../src/flow/hubs/share.ts'
import { flow } from '../../../src/flow/sources.ts'
import type { SourceSubject } from '../../../src/testkit/subject.ts'
import { expectThat, items } from '../hub-rig.ts'

/** One run for all who listen. */
export const sharing: readonly SourceSubject[] = [
  {
    name: 'share',
    source: (bench) => flow(bench.iterable(items)).via(share({ run: { clock: bench.clock } })),
    items,
    endNeedsDemand: true,
    loses: ['cancelled'],
    shares: true,
    card: {
      of: 'share',
      emits: async (w) => {
        const source = w.source<number>()
        const shared = source.flow.via(share({ items: 1, startAfter: 2, run: { clock: w.clock } }))
        const [a, b] = [w.sink<number>(), w.sink<number>()]
        w.run(shared, a)
        w.run(shared, b)
        a.request(9)
        b.request(2)
        await w.advance(1)
        source.send(1, 2)
        await a.expectNext(1, 2)
        await b.expectNext(1, 2)
      },
      completes: async (w) => {
        const source = w.source<number>()
        const shared = source.flow.via(share({ run: { clock: w.clock } }))
        const [a, b] = [w.sink<number>(), w.sink<number>()]
        w.run(shared, a)
        w.run(shared, b)
        a.request(1)
        b.request(1)
        await w.advance(1)
        source.complete()
        await a.expectComplete()
        await b.expectComplete()
      },
      cancels: async (w) => {
        const source = w.source<number>()
        const shared = source.flow.via(share({ run: { clock: w.clock } }))
        const [a, b] = [w.sink<number>(), w.sink<number>()]
        w.run(shared, a)
        w.run(shared, b)
        a.request(9)
        b.request(9)
        await w.advance(1)
        a.cancel('enough')
        source.send(1)
        await b.expectNext(1)
        b.cancel('enough')
        await source.expectCancel('nobody is left')
      },
      loses: async (w) => {
        const source = w.source<number>()
        const shared = source.flow.via(share({ items: 1, overflow: 'drop-oldest', run: { clock: w.clock } }))
        const sink = w.sink<number>()
        const run = w.run(shared, sink)
        sink.request(1)
        await w.advance(1)
        source.send(1, 2, 3)
        await sink.expectNext(1)
        sink.request(1)
        await sink.expectNext(3)
        expectThat(run.inspect().ledger.dropped['drop-oldest'] === 1, 'what was missed is in the account of the run')
      },
    },
  },
]
