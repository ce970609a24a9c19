import { admit, all, breaker, limit, rate } from 'forebay/gates'
import { bytesPerOp } from './bytes-per-op.mjs'

const plenty = 1e9
const pace = rate({ limit: plenty, burst: plenty })
const slots = limit(10)
const fuse = breaker({ window: '30s' })
const gate = all([breaker({ window: '30s' }), limit(10)])
const options = { timeout: 1000, retry: { max: 3 } }
const work = async () => 1

const found = {
  rate: await bytesPerOp((n) => {
    for (let i = 0; i < n; i++) pace.tryAcquire()
  }, 10_000),
  limit: await bytesPerOp((n) => {
    for (let i = 0; i < n; i++) slots.tryAcquire().release()
  }, 10_000),
  breaker: await bytesPerOp((n) => {
    for (let i = 0; i < n; i++) fuse.tryAcquire().release('ok')
  }, 10_000),
  // what the awaiting loop itself allocates is part of the figure, as it is of any call
  'full stack': await bytesPerOp(async (n) => {
    for (let i = 0; i < n; i++) await admit(gate, work, options)
  }),
}
process.stdout.write(JSON.stringify(found))
process.exit(0)
