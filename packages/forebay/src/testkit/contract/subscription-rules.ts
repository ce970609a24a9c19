import { show } from '../../kernel/check.ts'
import { hold, nameOf, returnsNormally, type CheckOf } from './contract-check.ts'
import type { PublisherBench } from './publisher-bench.ts'
import { SubscriberProbe } from './subscriber-probe.ts'

/** Requests of no whole number above zero. */
const WRONG: readonly (readonly [title: string, items: readonly unknown[]])[] = [
  ['zero', [0]],
  ['a number below zero', [-1, Number.MIN_SAFE_INTEGER, -Infinity]],
  ['NaN or a fraction (which a Java long cannot be)', [Number.NaN, 0.5, 1.5]],
]

/** Rules 3.2 to 3.11: what `request` does. */
export const subscriptionRequests: readonly CheckOf<PublisherBench>[] = [
  {
    rule: '3.2',
    title: 'takes requests inside onSubscribe and onNext',
    run: async (bench) => {
      const probe = await bench.subscribed(10, {
        onSubscribe: (self) => self.request(1),
        onNext: (self) => self.request(1),
      })
      hold(probe.items.length === 10, `10 items were to come, ${probe.items.length} came`)
      hold(probe.completions === 1, 'it did not complete')
    },
  },
  {
    rule: '3.3',
    title: 'does not recurse: a request inside onNext is answered when onNext has returned',
    run: async (bench) => {
      const { maxItems = Infinity, maxDepth = 1 } = bench.options
      const items = Math.min(maxItems, 1000)
      const probe = await bench.subscribed(items, { onNext: (self) => self.request(1) })
      await bench.request(probe, 1)
      hold(probe.deepest <= maxDepth, `onNext was ${probe.deepest} deep on the stack, at most ${maxDepth} is allowed`)
      hold(probe.items.length === items, `${items} items were to come, ${probe.items.length} came`)
    },
  },
  {
    rule: '3.4',
    level: 'should',
    title: 'returns from a large request before everything is sent (one thread: it gives the event loop back)',
    run: async (bench) => {
      const items = 1000
      const lack = bench.lacks(items)
      if (lack !== undefined) return lack
      const { clock } = bench.world
      const probe = await bench.subscribed(items)
      // Time passes with every look at the clock, so that whoever looks knows when it has held the loop for too long.
      clock.readMs = 0.5
      probe.request(items)
      const atOnce = probe.items.length
      await bench.settle()
      clock.readMs = 0
      await bench.settle()
      hold(probe.items.length === items, `${items} items were to come, ${probe.items.length} came`)
      hold(atOnce < items, `all ${items} items came before request returned`)
    },
  },
  {
    rule: '3.8',
    title: 'adds requests up',
    run: async (bench) => {
      const probe = await bench.subscribed(20, {
        onSubscribe: (self) => {
          for (const items of [1, 2, 3]) self.request(items)
        },
        onNext: (self) => {
          if (self.items.length === 2) for (const items of [3, 1]) self.request(items)
        },
      })
      await bench.settle()
      hold(probe.items.length === 10, `1 + 2 + 3 + 3 + 1 items were requested, ${probe.items.length} came`)
    },
  },
  ...WRONG.map(([title, wrong]): CheckOf<PublisherBench> => {
    return {
      rule: '3.9',
      title: `fails with a RangeError when it is asked for ${title}`,
      run: async (bench) => {
        for (const items of wrong) {
          const probe = await bench.subscribed(3)
          probe.subscription.request(items as number)
          await bench.settle()
          hold(probe.errors.length === 1, `request(${String(items)}) led to ${probe.errors.length} errors`)
          hold(nameOf(probe.errors[0]) === 'RangeError', `it failed with ${String(probe.errors[0])}`)
          await bench.request(probe, 3)
          hold(probe.items.length === 0, 'items came after that')
        }
      },
    }
  }),
  {
    rule: '3.9',
    level: 'should',
    title: 'explains in the message what is wrong with the request',
    run: async (bench) => {
      const probe = await bench.subscribed(3)
      probe.subscription.request(-7)
      await bench.settle()
      const message = String((Object(probe.errors[0]) as { message?: unknown }).message)
      hold(/-7/.test(message) && /request|demand|3\.9/.test(message), `the message is "${message}"`)
    },
  },
  {
    rule: '3.10',
    level: 'may',
    title: 'signals for a request, at once or later, only to subscribers that have asked',
    run: async (bench) => {
      const publisher = bench.publisher(5)
      const [asks, waits] = [await bench.subscribe(publisher), await bench.subscribe(publisher)]
      await bench.request(asks, 2)
      hold(asks.items.length === 2, `2 items were requested, ${asks.items.length} came`)
      hold(waits.items.length === 0, `${waits.items.length} items came to a subscriber that had not asked`)
    },
  },
  {
    rule: '3.11',
    level: 'may',
    title: 'ends, at once or later, behind all items of the request',
    run: async (bench) => {
      const probe = await bench.subscribed(5)
      await bench.request(probe, 6)
      const expected = ['onSubscribe', ...Array.from({ length: 5 }, () => 'onNext'), 'onComplete']
      hold(probe.signals.join() === expected.join(), `the signals were ${probe.signals.join()}`)
    },
  },
  {
    rule: '3.16',
    title: 'returns normally from request, whatever is requested',
    run: async (bench) => {
      for (const items of [1, 9, 0, -1, 1.5, Number.NaN, 2 ** 53, 2 ** 70, Infinity, undefined, null, '3', {}]) {
        const probe = await bench.subscribed(3)
        returnsNormally(`request(${show(items)})`, () => probe.subscription.request(items as number))
        await bench.settle()
      }
    },
  },
]

/** Rule 3.17: demand without limit. */
export const subscriptionDemand: readonly CheckOf<PublisherBench>[] = [
  {
    rule: '3.17',
    title: 'takes the largest demand there is (2^63 - 1 of Java; here 2^53 - 1, 2^63 and Infinity)',
    run: async (bench) => {
      for (const items of [Number.MAX_SAFE_INTEGER, 2 ** 63, Infinity]) {
        const probe = await bench.subscribed(3)
        await bench.request(probe, items)
        hold(probe.items.length === 3 && probe.completions === 1, `request(${items}): ${probe.items.length} of 3 came`)
      }
    },
  },
  {
    rule: '3.17',
    title: 'takes demand that adds up to more than that, also inside onNext',
    run: async (bench) => {
      const most = Number.MAX_SAFE_INTEGER
      const probe = await bench.subscribed(5, { onNext: (self) => self.request(most) })
      probe.request(most)
      probe.request(most)
      await bench.settle()
      hold(probe.errors.length === 0, `it failed with ${String(probe.errors[0])}`)
      hold(probe.items.length === 5 && probe.completions === 1, `${probe.items.length} of 5 items came`)
    },
  },
  {
    rule: '3.17',
    title: 'takes demand beyond 2^31 and 2^32, where counters of 32 bits turn',
    run: async (bench) => {
      for (const requests of [
        [2 ** 31],
        [2 ** 32],
        [2 ** 32 + 1],
        [2 ** 31 - 1, 1],
        [2 ** 30, 2 ** 30, 2 ** 30, 2 ** 30],
      ]) {
        const probe = await bench.subscribed(3)
        for (const items of requests) probe.request(items)
        await bench.settle()
        hold(probe.errors.length === 0, `it failed with ${String(probe.errors[0])}`)
        hold(probe.items.length === 3, `request(${requests.join('), request(')}): ${probe.items.length} of 3 came`)
      }
    },
  },
  {
    rule: '3.17',
    title: 'takes any number of requests',
    run: async (bench) => {
      const items = Math.min(bench.options.maxItems ?? Infinity, 1000)
      const probe = new SubscriberProbe()
      bench.publisher(items).subscribe(probe)
      await bench.settle()
      for (let n = 0; n < items; n++) probe.request(1)
      await bench.settle()
      hold(probe.items.length === items, `${items} requests of 1 item, ${probe.items.length} came`)
    },
  },
]
