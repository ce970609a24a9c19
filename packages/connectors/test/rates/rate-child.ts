import { sharedRate } from 'forebay/gates'
import { redisGateStore } from '@forebay/connectors/redis'

/**
 * One of several processes that work behind one rate for a while; prints when its work began, in ms of the wall clock,
 * which processes of one machine share. Options as JSON in the first argument.
 */
const { url, prefix, algorithm, limit, per, workers, forMs, fallback, instances } = JSON.parse(
  process.argv[2] as string,
) as {
  url: string
  prefix: string
  algorithm: 'gcra'
  limit: number
  per: number
  workers: number
  forMs: number
  fallback: 'local' | 'closed'
  instances: number
}
const store = redisGateStore({ url, prefix })
const gate = sharedRate({
  limit,
  per,
  algorithm,
  store,
  name: 'children',
  away: { fallback, instances, timeout: 5000 },
})
const began: number[] = []
const end = performance.now() + forMs
async function work(): Promise<void> {
  while (performance.now() < end) {
    try {
      await gate.acquire({ hold: 500 })
      began.push(performance.timeOrigin + performance.now())
    } catch {
      await new Promise((resolve) => setTimeout(resolve, 10))
    }
  }
}
await Promise.all(Array.from({ length: workers }, work))
console.log(JSON.stringify({ began, local: gate.shared.local }))
await store.close()
