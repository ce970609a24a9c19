// A closed breaker passed and told of a success, without a promise, against the peers, which have none but awaited.
import { gateCase, serial } from '../lib/gate-case.mjs'
import { cockatielBreaker, mollitiaBreaker, opossumBreaker } from '../lib/breaker-peers.mjs'

const N = 2_000_000

export default gateCase({
  name: 'a closed breaker, passed and told',
  items: N,
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
    'cockatiel, sampling': serial(cockatielBreaker, 200_000),
    opossum: serial(opossumBreaker, 60_000),
    mollitia: serial(mollitiaBreaker, 20_000),
  },
  goals: { 'cockatiel, sampling': { goal: 10 }, opossum: { goal: 10 }, mollitia: { goal: 10 } },
})
