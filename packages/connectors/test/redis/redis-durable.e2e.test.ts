import { afterAll, describe } from 'vitest'
import { requireServer } from '../../../../tools/services/require-server.ts'
import { openStore, type StoreUrl } from '../../src/open-store.ts'
import { durableEdge } from '../durable-edge.ts'

const redis = await requireServer('redis', ['--appendfsync', 'always'])
afterAll(() => redis.stop())
let names = Date.now()

describe.skipIf(!redis.available)('a durable edge in Redis', () =>
  durableEdge({ open: () => openStore(redis.url as StoreUrl), queueName: () => `edge-${names++}` }, true),
)
