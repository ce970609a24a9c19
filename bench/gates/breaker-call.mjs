// A call through a closed breaker, awaited, one after the other.
import { cockatielBreaker, mollitiaBreaker, opossumBreaker } from '../lib/breaker-peers.mjs'
import { serially } from '../lib/gate-peers.mjs'

const N = 300_000
const peer = (make, items) => async () => ({ items, run: serially(await make(), items) })

export default {
  area: 'gates',
  name: 'a call through a closed breaker, awaited',
  metric: 'ns of CPU a call',
  items: N,
  warmups: 2,
  rounds: 7,
  turns: 3,
  expected: (items) => items,
  answer: (value) => value,
  contenders: {
    'forebay, admit': async () => {
      const { admit, breaker } = await import('forebay/gates')
      const fuse = breaker({ window: '30s' })
      return { run: serially((fn) => admit(fuse, fn), N) }
    },
    'cockatiel, sampling': peer(cockatielBreaker, 200_000),
    opossum: peer(opossumBreaker, 60_000),
    mollitia: peer(mollitiaBreaker, 20_000),
  },
  goals: { 'cockatiel, sampling': { goal: 1 }, opossum: { goal: 4 }, mollitia: { goal: 50 } },
}
