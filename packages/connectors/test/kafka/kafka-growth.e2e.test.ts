import { Admin } from '@platformatic/kafka'
import type { Delivery, Queue, Store } from 'forebay/queue'
import { describe, expect, it } from 'vitest'
import { requireServer } from '../../../../tools/services/require-server.ts'
import { kafkaStore } from '../../src/kafka/index.ts'
import { keyPartition } from '../../src/kafka/key-partition.ts'
import { faultWorld } from '../broker-faults/fault-world.ts'
import { until } from '../broker-faults/load.ts'

const kafka = await requireServer('kafka')
const world = faultWorld(kafka)
const keys = Array.from({ length: 24 }, (_, i) => `k${i}`)

async function opened(name: string): Promise<{ store: Store; queue: Queue<number> }> {
  const store = await kafkaStore(kafka.url, { partitions: 2 })
  world.closes(store)
  return { store, queue: await store.queue<number>(name, { backoff: () => 10 }) }
}

async function asAdmin<R>(work: (admin: Admin) => Promise<R>): Promise<R> {
  const admin = new Admin({ clientId: 'admin', bootstrapBrokers: [kafka.url.slice('kafka://'.length)] })
  try {
    return await work(admin)
  } finally {
    await admin.close()
  }
}

/** Somebody gives the queue four partitions more. */
function grow(name: string): Promise<void> {
  return asAdmin((admin) => admin.createPartitions({ topics: [{ name: `forebay.${name}`, count: 6 }] }))
}

function partitionsOf(topic: string): Promise<number | undefined> {
  return asAdmin(async (admin) => (await admin.metadata({ topics: [topic] })).topics.get(topic)?.partitionsCount)
}

/** How many partitions of a queue hold messages. */
function partitionsInUse(name: string): Promise<number> {
  return asAdmin(async (admin) => {
    const partitions = Array.from({ length: (await partitionsOf(`forebay.${name}`)) ?? 0 }, (_, partitionIndex) => {
      return { partitionIndex, timestamp: -1n } // where it ends
    })
    const [topic] = await admin.listOffsets({ topics: [{ name: `forebay.${name}`, partitions }] })
    return topic?.partitions.filter(({ offset }) => offset > 0n).length ?? 0
  })
}

function put(queue: Queue<number>, from: number): Promise<unknown> {
  return queue.sender().put(Array.from({ length: 240 }, (_, i) => ({ body: from + i, key: keys[i % 24] as string })))
}

/** What has ended, by key and in order. */
class Ended {
  readonly byKey = new Map<string, number[]>()

  /** Takes from a queue until that is closed; every third message fails once. */
  takeFrom(queue: Queue<number>): void {
    const receiver = queue.receiver({ prefetch: 50 })
    receiver.onDelivery((deliveries) => {
      for (const delivery of deliveries) {
        const more = (): void => receiver.grant(1)
        void this.#work(delivery).then(more, more) // its partition may have gone to another client
      }
    })
    receiver.grant(50)
  }

  get all(): number[] {
    return [...this.byKey.values()].flat()
  }

  async #work(delivery: Delivery<number>): Promise<void> {
    const { key = '', body, attempt } = delivery
    if (body % 3 === 0 && attempt === 1) return delivery.nack({ reason: 'once' })
    await delivery.ack()
    this.byKey.set(key, [...(this.byKey.get(key) ?? []), body])
  }
}

/** What of a key came before and after lies in two partitions where its place has moved. */
function expectOrder({ byKey }: Ended, after: number): void {
  for (const [key, bodies] of byKey) {
    const isInPlace = keyPartition(key, 2) === keyPartition(key, 6)
    const parts = isInPlace ? [bodies] : [bodies.filter((n) => n < after), bodies.filter((n) => n >= after)]
    for (const part of parts) expect(part, key).toEqual(part.toSorted((a, b) => a - b))
  }
}

describe.skipIf(!kafka.available)('a queue in Kafka that somebody gives more partitions', () => {
  it(
    'keeps its messages and the order of their keys, and tries again what fails there',
    { timeout: 90_000 },
    async () => {
      const name = world.queueName()
      const first = await opened(name)
      await put(first.queue, 0)
      await first.store.close()
      await grow(name)
      expect(await partitionsOf(`forebay._tried.${name}`)).toBe(2)

      const second = await opened(name)
      await put(second.queue, 1000)
      const ended = new Ended()
      ended.takeFrom(second.queue)
      await until(() => ended.all.length === 480, 'all of both', 60_000)
      expect(new Set(ended.all).size).toBe(480)
      expectOrder(ended, 1000)
      expect(await partitionsOf(`forebay._tried.${name}`)).toBe(6)
    },
  )

  it('remembers over a restart what has failed in them', { timeout: 60_000 }, async () => {
    const name = world.queueName()
    await (await opened(name)).store.close()
    await grow(name)
    const first = await opened(name)
    await put(first.queue, 0)
    const receiver = first.queue.receiver({ prefetch: 24 })
    for (let failed = 0; failed < 24;) {
      const deliveries = await receiver.batch(24 - failed, 5000)
      failed += deliveries.length
      await Promise.all(deliveries.map((delivery) => delivery.nack({ reason: 'busy', delay: 1000 })))
    }
    await first.store.close()

    const { queue } = await opened(name)
    const again = queue.receiver({ prefetch: 24 })
    for (let taken = 0; taken < 24;) {
      const deliveries = await again.batch(24 - taken, 5000)
      taken += deliveries.length
      for (const { body, attempt } of deliveries) expect([body < 24, attempt]).toEqual([true, 2])
    }
    expect(await queue.measure()).toMatchObject({ leased: 24, ready: 216 })
  })

  it('deals them to the clients that had none', { timeout: 150_000 }, async () => {
    const name = world.queueName()
    const counts: number[] = []
    let put = 0
    const clients: Queue<number>[] = []
    for (let client = 0; client < 4; client++) {
      const { queue } = await opened(name)
      clients.push(queue)
      counts.push(0)
      const receiver = queue.receiver({ prefetch: 1 })
      receiver.onDelivery((deliveries) => {
        counts[client]!++
        const more = (): void => receiver.grant(1)
        for (const delivery of deliveries) void delivery.ack().then(more, more)
      })
      receiver.grant(1)
    }
    const busy = (): number => counts.filter((count) => count > 0).length
    const more = async (): Promise<void> => {
      await clients[0]?.sender().put(Array.from({ length: 24 }, () => ({ body: put++ })))
    }
    await until(async () => (await more(), busy() >= 2), 'two have a partition', 20_000)
    await grow(name)
    await until(async () => (await more(), busy() === 4), 'all four have one', 90_000)
  })

  it('is put into by who was there before and only puts', { timeout: 90_000 }, async () => {
    const name = world.queueName()
    const { queue } = await opened(name)
    let put = 0
    const more = async (): Promise<number> => {
      await queue.sender().put(Array.from({ length: 6 }, () => ({ body: put++ })))
      return partitionsInUse(name)
    }
    expect(await more()).toBe(2)
    await grow(name)
    await until(async () => (await more()) === 6, 'all six have some', 60_000)
  })

  it('deals them to the clients that have it open', { timeout: 90_000 }, async () => {
    const name = world.queueName()
    const here = await opened(name)
    const ended = new Ended()
    ended.takeFrom(here.queue)
    await put(here.queue, 0)
    await until(() => ended.all.length === 240, 'all in two partitions', 20_000)
    await grow(name)
    const there = await opened(name) // which knows of six at once, and only puts
    await put(there.queue, 1000)
    await until(() => ended.all.length === 480, 'all in six', 30_000)
    await put(here.queue, 2000)
    await until(() => ended.all.length === 720, 'all that the first client puts', 20_000)
    expect(new Set(ended.all).size).toBe(720)
    expectOrder(ended, 1000)
  })
})
