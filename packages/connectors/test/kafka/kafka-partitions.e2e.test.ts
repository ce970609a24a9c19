import { setTimeout as wait } from 'node:timers/promises'
import { flow, type Program } from 'forebay'
import { durableStore } from 'forebay/queue'
import { afterAll, describe, expect, it } from 'vitest'
import { requireServer } from '../../../../tools/services/require-server.ts'
import { openStore, type StoreUrl } from '../../src/open-store.ts'

const kafka = await requireServer('kafka')
afterAll(() => kafka.stop())
const name = `keyed-${Date.now()}`

describe.skipIf(!kafka.available)('a durable edge with keys in Kafka', () => {
  it(
    'has the partitions that it asks for, and keeps the order of its keys while two replicas share it',
    { timeout: 60_000 },
    async () => {
      const seen = new Map<number, number[]>()
      const busy = new Set<number>()
      let clashes = 0
      const program = (first: number): Program =>
        flow
          .range(first, first + 299)
          .durable(name, { key: (n: number) => `k${n % 10}`, partitions: 6, prefetch: 16 })
          .mapAsync(
            async (n) => {
              if (busy.has(n % 10)) clashes++
              busy.add(n % 10)
              await wait(1)
              busy.delete(n % 10)
              return n
            },
            { concurrency: 8, order: 'completion' },
          )
          .to((n) => void seen.set(n % 10, [...(seen.get(n % 10) ?? []), n]))
      const runs = []
      for (const first of [0, 1000]) {
        const store = durableStore(await openStore(kafka.url as StoreUrl))
        runs.push(program(first).run({ store }))
      }
      await Promise.all(runs.map((run) => run.done))
      expect(clashes).toBe(0)
      // Each replica put its own in order; a key has both.
      for (const [key, all] of seen)
        for (const part of [all.filter((n) => n < 1000), all.filter((n) => n >= 1000)])
          expect(part, `k${key}`).toEqual(part.toSorted((a, b) => a - b))
      expect(new Set([...seen.values()].flat()).size).toBe(600)
      const { Admin } = await import('@platformatic/kafka')
      const admin = new Admin({ clientId: 'look', bootstrapBrokers: [kafka.url.slice('kafka://'.length)] })
      const topic = `forebay.${name}`
      const { topics } = await admin.metadata({ topics: [topic] })
      await admin.close()
      expect(topics.get(topic)?.partitionsCount).toBe(6)
    },
  )
})
