// A call through a closed breaker, awaited, one after the other.
import { gateCase, serial } from '../lib/gate-case.mjs'
import { cockatielBreaker, mollitiaBreaker, opossumBreaker } from '../lib/breaker-peers.mjs'

const N = 300_000

export default gateCase({
  name: 'a call through a closed breaker, awaited',
  items: N,
  contenders: {
    'forebay, admit': serial(async () => {
      const { admit, breaker } = await import('forebay/gates')
      const fuse = breaker({ window: '30s' })
      return (fn) => admit(fuse, fn)
    }, N),
    'cockatiel, sampling': serial(cockatielBreaker, 200_000),
    opossum: serial(opossumBreaker, 60_000),
    mollitia: serial(mollitiaBreaker, 20_000),
  },
  goals: { 'cockatiel, sampling': { goal: 1 }, opossum: { goal: 4 }, mollitia: { goal: 50 } },
})
