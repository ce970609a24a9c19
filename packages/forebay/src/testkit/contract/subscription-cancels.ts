import { hold, returnsNormally, type CheckOf, type Skipped } from './contract-check.ts'
import type { PublisherBench } from './publisher-bench.ts'
import type { SubscriberProbe } from './subscriber-probe.ts'

/** Rules 3.5 to 3.7 and 3.12 to 3.15: what `cancel` does. */
export const subscriptionCancels: readonly CheckOf<PublisherBench>[] = [
  {
    rule: '3.5',
    title: 'takes cancel inside every signal and between them (one thread: safe to call wherever the caller is)',
    run: async (bench) => {
      const subscribing = await bench.subscribed(3, {
        onSubscribe: (self) => {
          self.request(2)
          self.cancel()
        },
      })
      hold(subscribing.ends === 0, 'it ended after it was cancelled in onSubscribe')
      const receiving = await bench.subscribed(9, { onNext: (self) => self.cancel() })
      await bench.request(receiving, 9)
      hold(receiving.items.length < 9 && receiving.ends === 0, 'it was not stopped by cancel in onNext')
      const ended = await bench.subscribed(1, { onComplete: (self) => self.cancel() })
      await bench.request(ended, 2)
      hold(ended.ends === 1, `it ended ${ended.ends} times`)
      const between = await bench.subscribed(3)
      await bench.request(between, 1)
      between.cancel()
      await bench.settle()
      hold(between.items.length === 1 && between.ends === 0, 'it went on after cancel')
    },
  },
  {
    rule: '3.5',
    title: 'returns from cancel without spending time (one thread: no time of the clock passes inside)',
    run: async (bench) => {
      const { clock } = bench.world
      const probe = await bench.subscribed(100)
      await bench.request(probe, 1)
      const before = clock.now()
      probe.cancel()
      hold(clock.now() === before, `${clock.now() - before} ms passed`)
    },
  },
  {
    rule: '3.6',
    title: 'does nothing for a request after cancel, not even fail',
    run: async (bench) => {
      const probe = await bench.subscribed(9)
      await bench.request(probe, 1)
      probe.cancel()
      await bench.settle()
      for (const items of [1, 5, 0, -1]) returnsNormally('request', () => probe.subscription.request(items))
      await bench.settle()
      hold(probe.signals.join() === 'onSubscribe,onNext', `it signalled ${probe.signals.slice(2).join()}`)
    },
  },
  {
    rule: '3.7',
    title: 'does nothing for a second cancel',
    run: async (bench) => {
      const probe = await bench.subscribed(9)
      await bench.request(probe, 1)
      for (let n = 0; n < 3; n++) returnsNormally('cancel', () => probe.subscription.cancel())
      await bench.settle()
      hold(probe.signals.join() === 'onSubscribe,onNext', `it signalled ${probe.signals.slice(2).join()}`)
    },
  },
  {
    rule: '3.12',
    title: 'stops soon after cancel, though there is demand',
    run: async (bench) => {
      const items = 1000
      const lack = bench.lacks(items)
      if (lack !== undefined) return lack
      const probe = await bench.subscribed(items, { onNext: (self) => void (self.items.length === 3 && self.cancel()) })
      await bench.request(probe, items)
      const soon = probe.items.length
      hold(soon < items, `it was cancelled at the third item, and sent all ${items}`)
      await bench.settle()
      hold(probe.items.length === soon, 'it does not stop')
    },
  },
  {
    rule: '3.13',
    title: 'forgets a subscriber that has cancelled, so that it can be collected',
    run: async (bench) => {
      const collect = bench.options.collect ?? (globalThis as { gc?: () => void }).gc
      if (collect === undefined) return { skipped: 'needs a way to collect garbage: the option `collect`' }
      return forgets(bench, collect)
    },
  },
  {
    rule: '3.14',
    level: 'may',
    title: 'serves or refuses a subscriber that comes after the last one has cancelled',
    run: async (bench) => {
      const publisher = bench.publisher(3)
      const first = await bench.subscribe(publisher)
      await bench.request(first, 1)
      first.cancel()
      await bench.settle()
      const second = await bench.subscribe(publisher)
      hold(second.signals[0] === 'onSubscribe', `it was first told ${second.signals[0] ?? 'nothing'}`)
      if (second.ends === 0) await bench.request(second, 9)
      hold(second.ends === 1, `it saw ${second.ends} ends`)
    },
  },
  {
    rule: '3.15',
    title: 'returns normally from cancel: before a request, with demand, after the end and after a failure',
    run: async (bench) => {
      const probes = [await bench.subscribed(3), await bench.subscribed(3), await bench.subscribed(3)]
      await bench.request(probes[1] as SubscriberProbe, 1)
      await bench.request(probes[2] as SubscriberProbe, 9)
      for (const probe of [...probes, await bench.failed()]) {
        returnsNormally('cancel', () => probe.subscription.cancel())
        await bench.settle()
      }
    },
  },
]

/** The publisher is kept, so it may not keep the subscriber. */
async function forgets(bench: PublisherBench, collect: () => unknown): Promise<Skipped | undefined> {
  const publisher = bench.publisher(9)
  const subscribe = async (): Promise<WeakRef<SubscriberProbe>> => {
    const probe = await bench.subscribe(publisher)
    await bench.request(probe, 1)
    probe.cancel()
    return new WeakRef(probe)
  }
  const gone = await subscribe()
  const control = await (async () => new WeakRef({ nobody: 'keeps this' }))()
  for (let n = 0; n < 3 && gone.deref() !== undefined; n++) {
    await bench.settle()
    await collect()
  }
  if (control.deref() !== undefined) return { skipped: 'nothing is collected here' }
  hold(gone.deref() === undefined, 'the publisher still has the subscriber')
  await bench.subscribe(publisher)
  return undefined
}
