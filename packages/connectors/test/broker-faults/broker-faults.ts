import { setTimeout as wait } from 'node:timers/promises'
import { seededRandom } from 'forebay/testkit'
import { describe, expect, it } from 'vitest'
import type { Server } from '../../../../tools/services/require-server.ts'
import { openStore, type StoreUrl } from '../../src/open-store.ts'
import { durableEdge } from '../durable-edge.ts'
import { endureNetwork } from './broken-network.ts'
import { faultWorld } from './fault-world.ts'
import { endureKills } from './endure-kills.ts'
import { Load, until } from './load.ts'
import { shareQueue } from './shared-queue.ts'

const ROUNDS = 20
const options = { lease: 1000, backoff: () => 10, maxAttempts: 100 }

/**
 * What a broker's adapter has to bear: processes that share a queue, die, and lose their server or the network to it.
 * `again`: deliveries that may come twice when the server is killed; default what may be out and on its way. `counts`:
 * replicas of a flow have exact accounts; default true.
 */
export function brokerFaults(
  name: string,
  server: Server,
  { again = 100 + 4 * 20, counts = true }: { again?: number; counts?: boolean } = {},
): void {
  describe.skipIf(!server.available)(`queues in ${name}`, () => {
    const world = faultWorld(server)

    it('are shared by processes: none gets what another has, and a sender sees what others put', () =>
      shareQueue(world))

    it.runIf(server.isOurs)('lose nothing that was confirmed when the server is killed twenty times', async () => {
      const queue = await (await world.store()).queue<number>(world.queueName(), options)
      const load = new Load(queue, { batch: 20, prefetch: 100 })
      const random = seededRandom(20_261_122)
      load.start(4)
      for (let round = 0; round < ROUNDS; round++) {
        const enough = load.confirmed.size + 100
        await until(() => load.confirmed.size > enough, 'it works')
        await wait(random.next() * 100)
        await server.kill()
        await until(() => load.sender.credit.reason === 'broker', 'credit is gone')
        expect(load.sender.credit).toMatchObject({ items: 0, bytes: 0, state: 'paused' })
        expect(queue.stats().waiting).toBeLessThanOrEqual(4)
        await server.restart()
      }
      await load.finish()
      expect(load.missing).toEqual([])
      expect(load.duplicates).toBeLessThanOrEqual(ROUNDS * again)
    })

    it('lose nothing that was confirmed when producers and consumers are killed twenty times', () =>
      endureKills(world, { rounds: ROUNDS, livesMs: 200, options }))

    it.each(['cut', 'silence'] as const)('lose nothing when the network is gone for a while (%s)', (how) =>
      endureNetwork(world, how, { options: { lease: 5000 } }),
    )

    describe('as durable edges', () =>
      durableEdge({ open: () => openStore(server.url as StoreUrl), queueName: world.queueName }, counts))
  })
}
