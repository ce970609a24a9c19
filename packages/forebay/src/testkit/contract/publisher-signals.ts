import { hold, type CheckOf } from './contract-check.ts'
import type { PublisherBench } from './publisher-bench.ts'
import type { SubscriberProbe } from './subscriber-probe.ts'

/** Rules 1.1 to 1.8: what a publisher signals, and when it stops. */
export const publisherSignals: readonly CheckOf<PublisherBench>[] = [
  {
    rule: '1.1',
    title: 'sends nothing that was not requested',
    run: async (bench) => {
      const probe = await bench.subscribed(10)
      hold(probe.items.length === 0, `${probe.items.length} items came before anything was requested`)
      for (const items of [1, 2, 1]) await bench.request(probe, items)
      hold(probe.excess === 0, `${probe.excess} items came that nobody asked for`)
    },
  },
  {
    rule: '1.1',
    title: 'sends everything that was requested, if it has it',
    run: async (bench) => {
      const probe = await bench.subscribed(10)
      for (const items of [1, 2, 7]) {
        await bench.request(probe, items)
        hold(probe.items.length >= probe.requested, `${probe.requested} items requested, ${probe.items.length} came`)
      }
    },
  },
  {
    rule: '1.2',
    level: 'may',
    title: 'ends when it has nothing left, whatever was requested',
    run: async (bench) => {
      const probe = await bench.subscribed(3)
      await bench.request(probe, 10)
      hold(probe.items.length === 3, `3 items are all it has, ${probe.items.length} came`)
      hold(probe.ends === 1, `it ended ${probe.ends} times`)
    },
  },
  {
    rule: '1.3',
    title:
      'signals nothing inside onNext (one thread: serial means that no signal begins before the last one has returned)',
    run: async (bench) => {
      const probe = await bench.subscribed(20, { onNext: (self, item) => void (item !== undefined && self.request(2)) })
      await bench.request(probe, 2)
      const inside = probe.overlaps.filter((overlap) => !overlap.endsWith('onSubscribe'))
      hold(inside.length === 0, `${inside[0]}, ${inside.length} times`)
    },
  },
  {
    rule: '1.3',
    title: 'ends behind onNext when it is asked for something wrong inside it, and not within',
    run: async (bench) => {
      const probe = await bench.subscribed(9, { onNext: (self) => self.subscription.request(-1) })
      await bench.request(probe, 5)
      hold(probe.overlaps.length === 0, `${probe.overlaps[0]}`)
      hold(probe.signals.join() === 'onSubscribe,onNext,onError', `the signals were ${probe.signals.join()}`)
    },
  },
  {
    rule: '1.3',
    level: 'should',
    title: 'signals nothing inside onSubscribe',
    run: async (bench) => {
      const probe = await bench.subscribed(3, { onSubscribe: (self) => self.request(9) })
      const inside = probe.overlaps.filter((overlap) => overlap.endsWith('onSubscribe'))
      hold(inside.length === 0, `${inside[0]}, ${inside.length} times`)
    },
  },
  {
    rule: '1.4',
    title: 'tells a failure by onError, which may overtake items',
    run: async (bench) => {
      const { failing } = bench.options
      if (failing === undefined) return { skipped: 'needs a publisher that fails: the option `failing`' }
      const probe = await bench.subscribe(failing(2, bench.world))
      for (let items = 0; items < 3; items++) await bench.request(probe, 1)
      hold(probe.items.length <= 2, `2 items came before the failure, it sent ${probe.items.length}`)
      hold(probe.errors.length === 1, `onError was called ${probe.errors.length} times`)
      hold(probe.completions === 0, 'it completed as well')
    },
  },
  {
    rule: '1.5',
    title: 'tells its end by onComplete',
    run: async (bench) => {
      const probe = await bench.subscribed(3)
      for (let items = 0; items < 4; items++) await bench.request(probe, 1)
      hold(probe.completions === 1, `onComplete was called ${probe.completions} times`)
      hold(probe.signals.at(-1) === 'onComplete', `the last signal was ${probe.signals.at(-1)}`)
    },
  },
  {
    rule: '1.5',
    title: 'tells its end by onComplete when it has no items at all',
    run: async (bench) => {
      const probe = await bench.subscribed(0)
      if (probe.completions === 0) await bench.request(probe, 1)
      hold(probe.completions === 1, `onComplete was called ${probe.completions} times`)
      hold(probe.items.length === 0, `${probe.items.length} items came of none`)
    },
  },
  {
    rule: '1.6',
    title: 'treats a subscription as cancelled once it has completed',
    run: async (bench) => {
      const probe = await bench.subscribed(1)
      await bench.request(probe, 2)
      hold(probe.completions === 1, 'it did not complete')
      await useAfterwards(bench, probe)
    },
  },
  {
    rule: '1.6',
    title: 'treats a subscription as cancelled once it has failed',
    run: async (bench) => useAfterwards(bench, await bench.failed()),
  },
  {
    rule: '1.7',
    title: 'signals nothing after onComplete',
    run: async (bench) => {
      const probe = await bench.subscribed(2)
      for (let items = 0; items < 5; items++) await bench.request(probe, 2)
      const after = probe.signals.slice(probe.signals.indexOf('onComplete') + 1)
      hold(probe.completions > 0, 'it did not complete')
      hold(after.length === 0, `${after[0]} after onComplete`)
    },
  },
  {
    rule: '1.7',
    title: 'signals nothing after onError',
    run: async (bench) => {
      const probe = await bench.failed()
      for (let items = 0; items < 5; items++) await bench.request(probe, 2)
      const after = probe.signals.slice(probe.signals.indexOf('onError') + 1)
      hold(after.length === 0, `${after[0]} after onError`)
    },
  },
  {
    rule: '1.8',
    title: 'signals no end to a subscriber that has cancelled at its last item',
    run: async (bench) => {
      const probe = await bench.subscribed(3, { onNext: (self) => void (self.items.length === 3 && self.cancel()) })
      await bench.request(probe, 5)
      hold(probe.items.length === 3, `3 items were to come, ${probe.items.length} came`)
      hold(probe.ends === 0, `${probe.signals.at(-1)} after cancel`)
    },
  },
]

/** Nothing may come of it, not even the error that a wrong request ends in. */
async function useAfterwards(bench: PublisherBench, probe: SubscriberProbe): Promise<void> {
  const before = probe.signals.length
  probe.subscription.request(3)
  probe.subscription.request(-1)
  probe.subscription.cancel()
  await bench.settle()
  hold(probe.signals.length === before, `${probe.signals.at(-1)} for a subscription that is over`)
}
