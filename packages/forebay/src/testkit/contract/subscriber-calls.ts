import { hold, type CheckOf } from './contract-check.ts'
import type { PublisherProbe } from './publisher-probe.ts'
import { needs, type SubscriberBench } from './subscriber-bench.ts'

/** Items that a publisher which answers at once has for its subscriber. */
const ITEMS = 20

/** Rules 2.1, 2.2, 2.5 to 2.7, and those of chapter 3 that bind a subscriber: what it calls. */
export const subscriberCalls: readonly CheckOf<SubscriberBench>[] = [
  {
    rule: '2.1',
    title: 'asks by request for what it wants',
    run: async (bench) => {
      const probe = await bench.subscribed()
      await bench.want(1)
      hold(probe.requested >= 1, 'it wants an item and requests none')
    },
  },
  {
    rule: '2.2',
    level: 'should',
    title: 'returns from signals without spending time (one thread: no time of the clock passes inside)',
    run: async (bench) => {
      const { clock } = bench.world
      const probe = await bench.subscribed()
      await bench.want(2)
      const before = clock.now()
      if (probe.demand > 0) probe.next(bench.item(0))
      probe.complete()
      hold(clock.now() === before, `${clock.now() - before} ms passed`)
    },
  },
  {
    rule: '2.5',
    title: 'cancels a second subscription, keeps the first, and asks nothing of the second',
    run: async (bench) => {
      const [first, second] = [await bench.subscribed(), await bench.subscribed()]
      await bench.want(1)
      hold(second.cancels > 0, 'the second subscription was not cancelled')
      hold(second.requested === 0, `${second.requested} items were requested from the second subscription`)
      hold(first.cancels === 0, 'the first subscription was cancelled')
      hold(first.requested > 0, 'nothing was requested from the first subscription')
    },
  },
  {
    rule: '2.6',
    title: 'cancels a subscription that it needs no more',
    run: async (bench) => {
      if (bench.case.cancel === undefined) return needs('cancel')
      const probe = await bench.subscribed()
      await bench.want(1)
      bench.case.cancel()
      await bench.settle()
      hold(probe.cancels > 0, 'the subscription was not cancelled')
      return undefined
    },
  },
  {
    rule: '2.7',
    title: 'requests nothing once it has cancelled (one thread: calls that are not serial show as a request too late)',
    run: async (bench) => {
      if (bench.case.cancel === undefined) return needs('cancel')
      const probe = await bench.subscribed(answering(bench))
      await bench.want(5)
      bench.case.cancel()
      await bench.want(5)
      const cancelled = probe.calls.findIndex(({ method }) => method === 'cancel')
      const after = probe.calls.slice(cancelled + 1).filter(({ method }) => method === 'request')
      hold(cancelled === -1 || after.length === 0, `it requested ${after[0]?.items} items after it had cancelled`)
      return undefined
    },
  },
  {
    rule: '3.1',
    title: 'calls request and cancel as methods of the subscription that it was given',
    run: async (bench) => {
      const probe = await bench.subscribed()
      await bench.want(2)
      bench.case.cancel?.()
      await bench.settle()
      hold(probe.detached.length === 0, `${probe.detached[0]} was called without its subscription`)
    },
  },
  {
    rule: '3.8',
    title: 'asks again until it has all that it wants',
    run: async (bench) => {
      const probe = await bench.subscribed()
      await bench.want(ITEMS)
      await bench.send(probe, ITEMS)
      const { received } = bench.case
      hold(received === undefined || received().length === ITEMS, `${received?.().length} of ${ITEMS} were processed`)
    },
  },
  {
    rule: '3.9',
    title: 'asks for whole numbers above zero only',
    run: async (bench) => {
      const probe = await bench.subscribed(answering(bench))
      for (const items of [1, 3, 7]) await bench.want(items)
      const wrong = probe.calls.find(
        ({ method, items }) => method === 'request' && !(Number.isInteger(items) && items > 0),
      )
      hold(wrong === undefined, `it called request(${wrong?.items})`)
    },
  },
  {
    rule: '3.10',
    title: 'takes items inside its call of request',
    run: async (bench) => {
      const probe = await bench.subscribed(answering(bench))
      await bench.want(ITEMS)
      hold(probe.sent === ITEMS, `it asked for ${probe.requested} of ${ITEMS} items`)
      const { received } = bench.case
      hold(received === undefined || received().length === ITEMS, `${received?.().length} of ${ITEMS} were processed`)
    },
  },
  {
    rule: '3.11',
    title: 'takes the end inside its call of request, and calls nothing after it',
    run: async (bench) => {
      let isOver = false
      const probe = await bench.subscribed((self) => {
        if (isOver) return
        isOver = true
        self.complete()
      })
      await bench.want(3)
      bench.case.cancel?.()
      await bench.want(3)
      hold(probe.calls.length === 1, `it called ${probe.calls.at(-1)?.method} after the end`)
      const { ended } = bench.case
      hold(ended === undefined || ended() === 'completed', 'it has not seen the end')
    },
  },
]

/** Sends what is requested inside the request, without recursion. */
function answering(bench: SubscriberBench): (probe: PublisherProbe) => void {
  let isSending = false
  return (probe) => {
    if (isSending) return
    isSending = true
    while (probe.demand > 0 && probe.sent < ITEMS && probe.cancels === 0) probe.next(bench.item(probe.sent))
    isSending = false
  }
}
