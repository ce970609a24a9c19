import { describe, expect, it } from 'vitest'
import { requireServer } from '../../../../tools/services/require-server.ts'
import { openStore, type StoreUrl } from '../../src/open-store.ts'
import { faultWorld } from '../broker-faults/fault-world.ts'
import { endureKills } from '../broker-faults/endure-kills.ts'
import { Load, until } from '../broker-faults/load.ts'
import { endureOutage } from '../broker-faults/outage.ts'

const kafka = await requireServer('kafka')

describe.skipIf(!kafka.available)('queues in Kafka', () => {
  const world = faultWorld(kafka)

  it.runIf(kafka.isOurs).each(['SIGKILL', 'SIGSTOP'] as const)(
    'lose nothing that was confirmed when the broker is gone under load for five seconds (%s)',
    { timeout: 150_000 },
    (how) =>
      endureOutage(world, {
        away: () => (how === 'SIGKILL' ? kafka.kill() : process.kill(kafka.pid, 'SIGSTOP')),
        back: () => (how === 'SIGKILL' ? kafka.restart() : process.kill(kafka.pid, 'SIGCONT')),
        // What was out, and the puts that nobody had confirmed.
        duplicates: 100 + 4 * 20,
      }),
  )

  it(
    'lose nothing while consumers come and go, and deliver again no more than was out',
    { timeout: 120_000 },
    async () => {
      const name = world.queueName()
      const queue = await (await world.store()).queue<number>(name, { lease: '30s' })
      const load = new Load(queue, { batch: 10, prefetch: 50 })
      load.start(1)
      await until(() => load.seen.size > 200, 'it works alone')
      const others: { seen: Map<number, number>; acked: Set<number> } = { seen: new Map(), acked: new Set() }
      for (let round = 0; round < 4; round++) {
        const other = await openStore(kafka.url as StoreUrl)
        const receiver = (await other.queue<number>(name)).receiver({ prefetch: 20 })
        const enough = others.acked.size + 50
        while (others.acked.size < enough) {
          const delivery = await receiver.next()
          if (delivery === undefined) throw new Error('closed')
          others.seen.set(delivery.body, (others.seen.get(delivery.body) ?? 0) + 1)
          await delivery.ack().then(
            () => others.acked.add(delivery.body),
            () => undefined, // its partition went to somebody else
          )
        }
        await other.close()
        const more = load.seen.size + 200
        await until(() => load.seen.size > more, 'the first goes on')
      }
      for (const [body, times] of others.seen) load.seen.set(body, (load.seen.get(body) ?? 0) + times)
      await load.finish()
      expect(load.missing).toEqual([])
      expect(load.duplicates).toBeLessThanOrEqual(4 * 2 * (50 + 20))
      expect((await queue.measure()).dead).toBe(0)
    },
  )

  it(
    'go to one consumer whole when another was killed, though the group waits for that one longer than a question may take',
    { timeout: 90_000 },
    async () => {
      const name = world.queueName()
      const bodies = Array.from({ length: 60 }, (_, i) => i)
      const putter = await (await world.store()).queue<number>(name)
      await putter.sender().put([{ body: -1 }])
      const taker = world.child({ queue: name, role: 'take', lease: 20_000 })
      await taker.line((line) => line === 'ack -1')
      taker.process.kill('SIGKILL')
      await taker.ended
      for (const body of bodies) await putter.sender().put([{ body }]) // to every partition
      const queue = await (await world.store()).queue<number>(name, { lease: '20s' })
      const seen: number[] = []
      for await (const delivery of queue.receiver({ prefetch: 10 })) {
        seen.push(delivery.body)
        await delivery.ack()
        if (seen.length === bodies.length) break
      }
      expect(seen.toSorted((a, b) => a - b)).toEqual(bodies)
    },
  )

  it(
    'lose nothing that was confirmed when producers and consumers are killed, and keep what was acknowledged',
    { timeout: 240_000 },
    // Few rounds: in each the group has to take its dead member for dead first.
    () => endureKills(world, { rounds: 5, livesMs: 500, child: { lease: 6000, pauseMs: 10 }, prefetch: 1000 }),
  )
})
