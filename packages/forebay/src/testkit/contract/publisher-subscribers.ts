import { hold, returnsNormally, throwsTypeError, type CheckOf } from './contract-check.ts'
import type { PublisherBench } from './publisher-bench.ts'
import { SubscriberProbe, type Behaviour } from './subscriber-probe.ts'

const broken = (): never => {
  throw new Error('a subscriber that throws')
}

/** Rules 1.9 to 1.11, 2.12 and 2.13: how a publisher treats those who subscribe. */
export const publisherSubscribers: readonly CheckOf<PublisherBench>[] = [
  {
    rule: '1.9',
    title: 'calls onSubscribe before any other signal',
    run: async (bench) => {
      for (const items of [0, 3]) {
        const probe = await bench.subscribed(items, { onSubscribe: (self) => self.request(9) })
        hold(probe.signals[0] === 'onSubscribe', `the first signal was ${probe.signals[0] ?? 'none'}`)
        hold(typeof probe.subscription?.cancel === 'function', 'onSubscribe was given no subscription')
      }
    },
  },
  {
    rule: '1.9',
    title: 'throws a TypeError when it is given no subscriber',
    run: async (bench) => {
      const publisher = bench.publisher(1)
      for (const none of [null, undefined]) {
        throwsTypeError(`subscribe(${String(none)})`, () => publisher.subscribe(none as never))
      }
    },
  },
  {
    rule: '1.9',
    title: 'returns normally from subscribe, whatever happens to the subscription',
    run: async (bench) => {
      const behaviours: Behaviour[] = [
        {},
        { onSubscribe: (self) => self.request(9) },
        { onSubscribe: (self) => self.cancel() },
        { onSubscribe: (self) => self.subscription.request(-1) },
      ]
      for (const behaviour of behaviours) {
        const publisher = bench.publisher(3)
        returnsNormally('subscribe', () => publisher.subscribe(new SubscriberProbe(behaviour)))
        await bench.settle()
      }
      const failing = bench.options.failing?.(0, bench.world)
      if (failing === undefined) return
      const probe = new SubscriberProbe({ onSubscribe: (self) => self.request(1) })
      returnsNormally('subscribe of a publisher that fails at once', () => failing.subscribe(probe))
      await bench.settle()
      hold(probe.signals.join() === 'onSubscribe,onError', `it was told ${probe.signals.join()}`)
    },
  },
  {
    rule: '1.10',
    title: 'returns normally when it is subscribed to again, by another subscriber and by one that it has',
    run: async (bench) => {
      const publisher = bench.publisher(3)
      const [first, other] = [new SubscriberProbe(), new SubscriberProbe()]
      for (const probe of [first, other, first]) {
        returnsNormally('subscribe', () => publisher.subscribe(probe))
        await bench.settle()
      }
      hold(first.excess === 0 && other.excess === 0, 'items came that nobody asked for')
    },
  },
  {
    rule: '1.11',
    level: 'may',
    title: 'serves or refuses every subscriber, and leaves none without an end',
    run: async (bench) => {
      const publisher = bench.publisher(3)
      const probes: SubscriberProbe[] = []
      for (let n = 0; n < 3; n++) probes.push(await bench.subscribe(publisher))
      for (const probe of probes) if (probe.ends === 0) await bench.request(probe, 9)
      probes.forEach((probe, n) => {
        hold(probe.signals[0] === 'onSubscribe', `subscriber ${n} was first told ${probe.signals[0] ?? 'nothing'}`)
        hold(probe.ends === 1, `subscriber ${n} saw ${probe.ends} ends`)
        hold(probe.excess === 0, `subscriber ${n} got ${probe.excess} items that it had not asked for`)
      })
    },
  },
  {
    rule: '2.12',
    title: 'calls onSubscribe once for a subscriber that is subscribed twice',
    run: async (bench) => {
      const publisher = bench.publisher(3)
      const probe = await bench.subscribe(publisher)
      publisher.subscribe(probe)
      await bench.settle()
      hold(probe.subscriptions.length === 1, `onSubscribe was called ${probe.subscriptions.length} times`)
    },
  },
  {
    rule: '2.13',
    title: 'treats a subscriber that throws in onSubscribe as one that has cancelled',
    run: async (bench) => {
      const probe = new SubscriberProbe({ onSubscribe: broken })
      const publisher = bench.publisher(3)
      returnsNormally('subscribe', () => publisher.subscribe(probe))
      await bench.settle()
      probe.request(3)
      await bench.settle()
      hold(probe.signals.join() === 'onSubscribe', `it went on with ${probe.signals.slice(1).join()}`)
    },
  },
  {
    rule: '2.13',
    title: 'treats a subscriber that throws in onNext as one that has cancelled',
    run: async (bench) => {
      const probe = await bench.subscribed(5, { onNext: broken })
      returnsNormally('request', () => probe.request(5))
      await bench.settle()
      returnsNormally('request', () => probe.request(5))
      await bench.settle()
      hold(probe.signals.join() === 'onSubscribe,onNext', `it went on with ${probe.signals.slice(2).join()}`)
    },
  },
  {
    rule: '2.13',
    title: 'keeps to itself what a subscriber throws in onComplete or onError, and ends once',
    run: async (bench) => {
      const completed = await bench.subscribed(1, { onComplete: broken, onError: broken })
      returnsNormally('request', () => completed.request(9))
      await bench.settle()
      const failed = await bench.subscribed(1, { onComplete: broken, onError: broken })
      returnsNormally('request', () => failed.subscription.request(-1))
      await bench.settle()
      for (const probe of [completed, failed]) hold(probe.ends === 1, `it saw ${probe.ends} ends`)
    },
  },
]
