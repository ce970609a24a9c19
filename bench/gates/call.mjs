// A call of an asynchronous function through a limit with a free place, awaited, one after the other.
import { gateCase, serial } from '../lib/gate-case.mjs'
import { asyncSema, bottleneck, cockatielBulkhead, mollitiaBulkhead, pLimit, pQueue } from '../lib/gate-peers.mjs'

const N = 300_000

const peer = (make, items = N) => serial(() => make(10), items)

export default gateCase({
  name: 'a call through a limit, awaited',
  items: N,
  contenders: {
    'forebay, admit': serial(async () => {
      const { admit, limit } = await import('forebay/gates')
      const gate = limit(10)
      return (fn) => admit(gate, fn)
    }, N),
    cockatiel: peer(cockatielBulkhead),
    'async-sema': peer(asyncSema),
    'p-limit': peer(pLimit, 100_000),
    'p-queue': peer(pQueue, 60_000),
    mollitia: peer(mollitiaBulkhead, 60_000),
    bottleneck: peer(bottleneck, 200),
  },
  goals: {
    cockatiel: { goal: 1 },
    'async-sema': { goal: 1 },
    'p-limit': { goal: 8 },
    'p-queue': { goal: 8 },
    mollitia: { goal: 8 },
    bottleneck: { goal: 8 },
  },
})
