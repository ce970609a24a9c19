import { afterAll, describe } from 'vitest'
import { requireServer } from '../../../../tools/services/require-server.ts'
import { openStore, type StoreUrl } from '../../src/open-store.ts'
import { durableEdge } from '../durable-edge.ts'

const kafka = await requireServer('kafka')
afterAll(() => kafka.stop())
let names = Date.now()

describe.skipIf(!kafka.available)('a durable edge in Kafka', { timeout: 60_000 }, () =>
  durableEdge(
    {
      open: () => openStore(kafka.url as StoreUrl),
      openOrdered: () => openStore(`${kafka.url}/?partitions=1` as StoreUrl),
      queueName: () => `edge-${names++}`,
    },
    false,
  ),
)
