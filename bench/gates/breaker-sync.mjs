// A closed breaker passed and told of a success, without a promise, against the peers, which have none but awaited.
import { cockatielBreaker, mollitiaBreaker, opossumBreaker } from '../lib/breaker-peers.mjs'
import { serially } from '../lib/gate-peers.mjs'

const N = 2_000_000
const peer = (make, items) => async () => ({ items, run: serially(await make(), items) })

export default {
  area: 'gates',
  name: 'a closed breaker, passed and told',
  metric: 'ns of CPU a call',
  items: N,
  warmups: 2,
  rounds: 7,
  turns: 3,
  expected: (items) => items,
  answer: (value) => value,
  contenders: {
    'forebay, tryAcquire': async () => {
      const { breaker } = await import('forebay/gates')
      const fuse = breaker({ window: '30s' })
      return {
        run: () => {
          for (let i = 0; i < N; i++) fuse.tryAcquire().release('ok')
          return fuse.stats.inUse + N
        },
      }
    },
    'cockatiel, sampling': peer(cockatielBreaker, 200_000),
    opossum: peer(opossumBreaker, 60_000),
    mollitia: peer(mollitiaBreaker, 20_000),
  },
  goals: { 'cockatiel, sampling': { goal: 10 }, opossum: { goal: 10 }, mollitia: { goal: 10 } },
}
