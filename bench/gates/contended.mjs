// A thousand calls at once over ten places: each waits in the line, in turn. The work ends in the next microtask.
import { gateCase } from '../lib/gate-case.mjs'
import { asyncSema, bottleneck, cockatielBulkhead, mollitiaBulkhead, pLimit, pQueue, work } from '../lib/gate-peers.mjs'

const CALLS = 1000

const storm = (call, rounds) => ({
  items: CALLS * rounds,
  run: async () => {
    let sum = 0
    for (let round = 0; round < rounds; round++) {
      const results = []
      for (let i = 0; i < CALLS; i++) results.push(call(work))
      for (const one of await Promise.all(results)) sum += one
    }
    return sum
  },
})

const peer = (make, rounds = 60) => async () => storm(await make(10, CALLS), rounds)

export default gateCase({
  name: '1,000 calls over 10 places',
  items: CALLS,
  warmups: 3,
  contenders: {
    'forebay, admit': async () => {
      const { admit, limit } = await import('forebay/gates')
      const gate = limit(10, { line: CALLS })
      return storm((fn) => admit(gate, fn), 60)
    },
    'async-sema': peer(asyncSema),
    cockatiel: peer(cockatielBulkhead),
    'p-limit': peer(pLimit),
    'p-queue': peer(pQueue, 20),
    mollitia: peer(mollitiaBulkhead, 20),
    bottleneck: peer(bottleneck, 1),
  },
  goals: {
    'async-sema': { goal: 1 },
    cockatiel: { goal: 1 },
    'p-limit': { goal: 3 },
    'p-queue': { goal: 3 },
    mollitia: { goal: 3 },
    bottleneck: { goal: 3 },
  },
})
