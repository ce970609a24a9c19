import { hold, returnsNormally, throwsTypeError, type CheckOf } from './contract-check.ts'
import { PublisherProbe } from './publisher-probe.ts'
import { needs, type SubscriberBench } from './subscriber-bench.ts'

const failure = new Error('the publisher failed')

const ends = [
  ['onComplete', 'completed', (probe: PublisherProbe) => probe.complete()],
  ['onError', 'failed', (probe: PublisherProbe) => probe.error(failure)],
] as const

/** Rules 2.3, 2.4 and 2.8 to 2.13: what a subscriber makes of signals. */
export const subscriberSignals: readonly CheckOf<SubscriberBench>[] = [
  ...ends.map(([signal, , end]): CheckOf<SubscriberBench> => {
    return {
      rule: '2.3',
      title: `calls nothing of the subscription inside ${signal}`,
      run: async (bench) => {
        const probe = await bench.subscribed()
        await bench.want(3)
        end(probe)
        const [call] = probe.callsInside(signal)
        hold(call === undefined, `it called ${call?.method} inside ${signal}`)
      },
    }
  }),
  ...ends.map(([signal, , end]): CheckOf<SubscriberBench> => {
    return {
      rule: '2.4',
      title: `treats the subscription as cancelled after ${signal}`,
      run: async (bench) => {
        const probe = await bench.subscribed()
        await bench.want(2)
        if (probe.demand > 0) probe.next(bench.item(0))
        await bench.settle()
        end(probe)
        const before = probe.calls.length
        await bench.want(2)
        bench.case.cancel?.()
        await bench.settle()
        hold(probe.calls.length === before, `it called ${probe.calls.at(-1)?.method} after ${signal}`)
      },
    }
  }),
  {
    rule: '2.8',
    title: 'takes items that come after it has cancelled',
    run: async (bench) => {
      if (bench.case.cancel === undefined) return needs('cancel')
      const probe = await bench.subscribed()
      await bench.want(3)
      const late = probe.demand
      bench.case.cancel()
      await bench.settle()
      const before = probe.calls.length
      for (let n = 0; n < late; n++) returnsNormally('onNext', () => probe.next(bench.item(n)))
      await bench.settle()
      hold(probe.calls.length === before, `it called ${probe.calls.at(-1)?.method} for a late item`)
      return undefined
    },
  },
  ...ends.flatMap(([signal, state, end]) =>
    [false, true].map((asks): CheckOf<SubscriberBench> => {
      return {
        rule: signal === 'onComplete' ? '2.9' : '2.10',
        title: `takes ${signal} ${asks ? 'after' : 'before'} it has requested anything`,
        run: async (bench) => {
          const probe = new PublisherProbe()
          probe.subscribe(bench.subscriber)
          if (asks) await bench.want(2)
          returnsNormally(signal, () => end(probe))
          await bench.settle()
          const { ended } = bench.case
          hold(ended === undefined || ended() === state, `it has ${ended?.() ?? 'not ended'} after ${signal}`)
        },
      }
    }),
  ),
  {
    rule: '2.11',
    title: 'processes items and end in the order in which they came (one thread: also when processing takes its time)',
    run: async (bench) => {
      const { received, ended } = bench.case
      if (received === undefined) return needs('received')
      const probe = await bench.subscribed()
      await bench.want(10)
      await bench.send(probe, 10)
      probe.complete()
      const early = ended?.() !== undefined && received().length < 10
      hold(!early, 'it has processed the end before the items')
      await bench.settle()
      const expected = Array.from({ length: 10 }, (_, n) => bench.item(n))
      const isSame = received().length === 10 && expected.every((item, n) => Object.is(item, received()[n]))
      hold(isSame, `it was sent ${expected.map(String).join()} and processed ${received().map(String).join()}`)
      return undefined
    },
  },
  {
    rule: '2.13',
    title: 'throws a TypeError from onSubscribe when it is given no subscription',
    run: async (bench) => {
      for (const none of [null, undefined]) {
        throwsTypeError(`onSubscribe(${String(none)})`, () => bench.subscriber.onSubscribe(none as never))
      }
    },
  },
  {
    rule: '2.13',
    title: 'throws a TypeError from onError when it is given no error',
    run: async (bench) => {
      await bench.subscribed()
      for (const none of [null, undefined]) {
        throwsTypeError(`onError(${String(none)})`, () => bench.subscriber.onError(none))
      }
    },
  },
  {
    rule: '2.13',
    title: 'takes null and undefined for items, unless it says otherwise (in Java they are none)',
    run: async (bench) => {
      const probe = await bench.subscribed()
      await bench.want(2)
      for (const item of [null, undefined]) {
        if (bench.options.nulls === 'nothing') throwsTypeError(`onNext(${String(item)})`, () => probe.next(item))
        else if (probe.demand > 0) returnsNormally(`onNext(${String(item)})`, () => probe.next(item))
        await bench.settle()
      }
      const { received } = bench.case
      if (received === undefined || bench.options.nulls === 'nothing') return
      hold(received().length === probe.sent, `it was sent ${probe.sent} of them and processed ${received().length}`)
    },
  },
  {
    rule: '2.13',
    title: 'returns normally from every signal, also from those that come too late',
    run: async (bench) => {
      const probe = await bench.subscribed()
      await bench.want(2)
      const signals: (() => void)[] = [
        () => probe.next(bench.item(0)),
        () => probe.complete(),
        () => probe.next(bench.item(1)),
        () => probe.complete(),
        () => probe.error(failure),
        () => new PublisherProbe().subscribe(bench.subscriber),
      ]
      for (const signal of signals) {
        returnsNormally('a signal', signal)
        await bench.settle()
      }
    },
  },
]
