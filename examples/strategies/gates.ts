import { limit, tide } from 'forebay/gates'
import { simulation } from 'forebay/simulate'

/** Four servers of 20 ms can answer 200 requests a second. For five seconds they are asked for 1,000, mostly by one tenant. */
export const checkout = simulation({
  workload: {
    phases: [
      { for: '5s', perSecond: 100 },
      { for: '5s', perSecond: 1000 },
      { for: '5s', perSecond: 100 },
    ],
    item: (_, random) => ({ tenant: random.next() < 0.9 ? 'greedy' : 'modest', isPaying: random.next() < 0.1 }),
    work: { time: '20ms', servers: 4 },
    ask: ({ tenant, isPaying }) => ({ key: tenant, level: isPaying ? 0 : 1 }),
    who: ({ tenant, isPaying }) => (isPaying ? 'paying' : tenant),
    patience: '1s',
  },
  strategies: {
    'no limit': ({ clock }) => limit(100_000, { clock }),
    'limit 100': ({ clock }) => limit(100, { clock }),
    'limit 4, no line': ({ clock }) => limit(4, { clock, line: 0 }),
    'limit 4': ({ clock }) => limit(4, { clock }),
    tide: ({ clock }) => limit(tide(), { clock }),
  },
  goal: { p99: '400ms' },
})
