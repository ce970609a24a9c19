import type { Store } from 'forebay/queue'
import { requireServer } from '../../../../tools/services/require-server.ts'
import { openStore, type StoreUrl } from '../../src/open-store.ts'
import { killProcesses, type KillAccount, type Killing } from '../broker-faults/killed-processes.ts'
import { startChild } from './start-child.ts'

type Options = Omit<Killing, 'rounds'>

const short: Options = { livesMs: 200, options: { lease: 1000, backoff: () => 10, maxAttempts: 100 } }

/** How processes live on each broker. Kafka's group has to take a dead member for dead in each round. */
const brokers = {
  redis: short,
  nats: short,
  postgres: short,
  rabbitmq: { livesMs: 200, child: { lease: 30_000, pauseMs: 10 } },
  kafka: { livesMs: 500, child: { lease: 6000, pauseMs: 10 }, prefetch: 1000 },
} as const satisfies Record<string, Options>

/** Kills a producer and a consumer of one queue `rounds` times, on a broker of their own. */
export async function brokerRounds(name: string, rounds: number): Promise<KillAccount> {
  const known = Object.keys(brokers).find((each): each is keyof typeof brokers => each === name)
  if (known === undefined)
    throw new RangeError(`--store: expected disk, ${Object.keys(brokers).join(', ')}, got ${name}`)
  const server = await requireServer(known)
  const stores: Store[] = []
  try {
    if (!server.available) throw new Error(`there is no ${name} on this machine`)
    return await killProcesses(
      {
        queueName: () => `rounds-${process.pid}-${Date.now()}`,
        store: async () => {
          const store = await openStore(server.url as StoreUrl)
          stores.push(store)
          return store
        },
        child: (task) =>
          startChild([JSON.stringify({ url: server.url, ...task })], [], '../broker-faults/queue-child.ts'),
      },
      { rounds, ...brokers[known] },
    )
  } finally {
    for (const store of stores) await store.close()
    await server.stop()
  }
}
