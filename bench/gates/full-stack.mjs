// Timeout, retry, breaker and limit around a call that succeeds at once.
import { gateCase } from '../lib/gate-case.mjs'
import { serially, work } from '../lib/gate-peers.mjs'

const N = 200_000
const SLOW = 10_000

export default gateCase({
  name: 'timeout, retry, breaker and limit, awaited',
  items: N,
  contenders: {
    'forebay, admit': async () => {
      const { admit, all, breaker, limit } = await import('forebay/gates')
      const gate = all([breaker({ window: '30s' }), limit(10)])
      const options = { timeout: 1000, retry: { max: 3 } }
      return { run: serially((fn) => admit(gate, fn, options), N) }
    },
    cockatiel: async () => {
      const { bulkhead, circuitBreaker, handleAll, retry, SamplingBreaker, timeout, TimeoutStrategy, wrap } =
        await import('cockatiel')
      const policy = wrap(
        retry(handleAll, { maxAttempts: 3 }),
        circuitBreaker(handleAll, {
          halfOpenAfter: 10_000,
          breaker: new SamplingBreaker({ threshold: 0.5, duration: 30_000, minimumRps: 1 }),
        }),
        timeout(1000, TimeoutStrategy.Aggressive),
        bulkhead(10),
      )
      return { items: SLOW, run: serially((fn) => policy.execute(fn), SLOW) }
    },
    mollitia: async () => {
      const { Bulkhead, Circuit, Retry, SlidingTimeBreaker, Timeout } = await import('mollitia')
      const modules = [
        new Retry({ attempts: 3 }),
        new SlidingTimeBreaker({ slidingWindowSize: 30_000, failureRateThreshold: 50 }),
        new Timeout({ delay: 1000 }),
        new Bulkhead({ concurrentSize: 10 }),
      ]
      const circuit = new Circuit({ options: { modules } })
      return { items: SLOW, run: serially((fn) => circuit.fn(fn).execute(), SLOW) }
    },
    'opossum with p-retry': async () => {
      const { default: CircuitBreaker } = await import('opossum')
      const { default: pRetry } = await import('p-retry')
      const breaker = new CircuitBreaker(work, { timeout: 1000, capacity: 10 })
      const fire = () => breaker.fire()
      return { items: SLOW, run: serially(() => pRetry(fire, { retries: 3 }), SLOW) }
    },
  },
  goals: { cockatiel: { goal: 20 }, mollitia: { goal: 20 }, 'opossum with p-retry': { goal: 12 } },
})
