// A free place of a limit, taken and given back. The peers only have it behind a promise.
import { gateCase } from '../lib/gate-case.mjs'
const N = 2_000_000
const FEW = 400_000

const awaited = (once) => ({
  items: FEW,
  run: async () => {
    for (let i = 0; i < FEW; i++) await once()
    return FEW
  },
})

export default gateCase({
  name: 'a permit of a limit, taken and released',
  metric: 'ns of CPU a permit',
  items: N,
  contenders: {
    'forebay, tryAcquire': async () => {
      const { limit } = await import('forebay/gates')
      const gate = limit(10)
      return {
        run: () => {
          for (let i = 0; i < N; i++) gate.tryAcquire().release()
          return gate.stats.inUse + N
        },
      }
    },
    'async-sema': async () => {
      const { Sema } = await import('async-sema')
      const sema = new Sema(10)
      return awaited(async () => {
        await sema.acquire()
        sema.release()
      })
    },
    'cockatiel bulkhead': async () => {
      const { bulkhead } = await import('cockatiel')
      const policy = bulkhead(10)
      const nothing = () => undefined
      return awaited(() => policy.execute(nothing))
    },
  },
  goals: { 'async-sema': { goal: 10 }, 'cockatiel bulkhead': { goal: 10 } },
})
