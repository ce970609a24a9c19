import { setTimeout as wait } from 'node:timers/promises'
import { afterAll, describe } from 'vitest'
import { requireServer } from '../../../../tools/services/require-server.ts'
import { openStore } from '../../src/open-store.ts'
import { redisCaps } from '../../src/redis/index.ts'
import { queueConformance } from '../conformance/queue-conformance.ts'

const redis = await requireServer('redis', ['--appendfsync', 'always'])
afterAll(() => redis.stop())

let database = 0

// Time is real, and the server as well: one database of it for each world.
describe.skipIf(!redis.available)('redis', () => {
  queueConformance(
    'redis:',
    () => {
      const url = `${redis.url}/${database++ % 16}` as `redis://${string}`
      return {
        open: () => openStore(url),
        pass: (ms) => wait(ms + 5),
        now: () => performance.now(),
        dispose: async () => {
          const { Redis } = await import('ioredis')
          const client = new Redis(url)
          await client.flushdb()
          client.disconnect()
        },
      }
    },
    redisCaps,
    'real',
  )
})
