// A free permit of a rate that is never used up, asked for and given: the path of every request that is let through.
import { gateCase } from '../lib/gate-case.mjs'
const N = 2_000_000
const FEW = 40_000
const plenty = 1e9

const sync = (take) => ({
  run: () => {
    let taken = 0
    for (let i = 0; i < N; i++) if (take()) taken++
    return taken
  },
})

export default gateCase({
  name: 'a permit of a rate',
  metric: 'ns of CPU a permit',
  items: N,
  contenders: {
    'forebay, tryAcquire': async () => {
      const { rate } = await import('forebay/gates')
      const gate = rate({ limit: plenty, burst: plenty })
      return sync(() => gate.tryAcquire() !== undefined)
    },
    'limiter, tryRemoveTokens': async () => {
      const { RateLimiter } = await import('limiter')
      const limiter = new RateLimiter({ tokensPerInterval: plenty, interval: 'second' })
      return sync(() => limiter.tryRemoveTokens(1))
    },
    'express-rate-limit, memory store': async () => {
      const { MemoryStore } = await import('express-rate-limit')
      const store = new MemoryStore()
      store.init({ windowMs: 60_000 })
      const items = 400_000
      return {
        items,
        run: async () => {
          let taken = 0
          for (let i = 0; i < items; i++) if ((await store.increment('one')).totalHits > 0) taken++
          return taken
        },
      }
    },
    'rate-limiter-flexible, memory': async () => {
      const { RateLimiterMemory } = await import('rate-limiter-flexible')
      const limiter = new RateLimiterMemory({ points: plenty, duration: 60 })
      const items = 200_000
      return {
        items,
        run: async () => {
          let taken = 0
          for (let i = 0; i < items; i++) if ((await limiter.consume('one')).remainingPoints > 0) taken++
          return taken
        },
      }
    },
    'p-queue, intervalCap': async () => {
      const { default: PQueue } = await import('p-queue')
      const queue = new PQueue({ intervalCap: plenty, interval: 1000 })
      return {
        items: FEW,
        run: async () => {
          let taken = 0
          for (let i = 0; i < FEW; i++) taken += await queue.add(async () => 1)
          return taken
        },
      }
    },
  },
  goals: {
    'limiter, tryRemoveTokens': { goal: 4 },
    'express-rate-limit, memory store': { goal: 5 },
    'rate-limiter-flexible, memory': { goal: 30 },
    'p-queue, intervalCap': { goal: 200 },
  },
})
