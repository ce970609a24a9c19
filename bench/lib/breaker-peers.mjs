// The breakers of the peers, with a window in time, closed.
import { work } from './gate-peers.mjs'

export const cockatielBreaker = async () => {
  const { circuitBreaker, handleAll, SamplingBreaker } = await import('cockatiel')
  const policy = circuitBreaker(handleAll, {
    halfOpenAfter: 10_000,
    breaker: new SamplingBreaker({ threshold: 0.5, duration: 30_000, minimumRps: 1 }),
  })
  return (fn) => policy.execute(fn)
}

export const opossumBreaker = async (options = { timeout: false }) => {
  const { default: CircuitBreaker } = await import('opossum')
  const breaker = new CircuitBreaker(work, { errorThresholdPercentage: 50, ...options })
  return () => breaker.fire()
}

export const mollitiaBreaker = async () => {
  const { Circuit, SlidingTimeBreaker } = await import('mollitia')
  const breaker = new SlidingTimeBreaker({ slidingWindowSize: 30_000, failureRateThreshold: 50 })
  const circuit = new Circuit({ options: { modules: [breaker] } })
  return (fn) => circuit.fn(fn).execute()
}
