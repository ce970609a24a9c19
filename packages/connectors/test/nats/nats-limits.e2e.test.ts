import { setTimeout as wait } from 'node:timers/promises'
import { connect } from '@nats-io/transport-node'
import type { Queue } from 'forebay/queue'
import { afterAll, describe, expect, it } from 'vitest'
import { requireServer } from '../../../../tools/services/require-server.ts'
import { natsStore } from '../../src/nats/index.ts'

const server = await requireServer('nats')
afterAll(() => server.stop())

const MiB = 1024 * 1024
const raw = { encode: (body: Uint8Array) => body, decode: (body: Uint8Array) => body }

describe.skipIf(!server.available)('a queue in NATS', () => {
  it('buries the largest message that it takes, with its history', async () => {
    await using store = await natsStore(server.url, { prefix: 'largest' })
    const queue = await store.queue('q', { codec: raw, maxAttempts: 3, backoff: () => 0 })
    const [sender, receiver] = [queue.sender(), queue.receiver()]
    const isTaken = async (size: number): Promise<boolean> => {
      try {
        await sender.put([{ body: new Uint8Array(size) }])
      } catch (error) {
        expect(error).toMatchObject({ code: 'FOREBAY_TOO_LARGE' })
        return false
      }
      await (await receiver.next())?.ack()
      return true
    }
    let size = MiB / 2
    for (let step = size / 2; step >= 1; step /= 2) if (await isTaken(size + step)) size += step
    expect(size).toBeGreaterThan(MiB - 32 * 1024)
    await sender.put([{ body: new Uint8Array(size) }, { body: new Uint8Array(1) }])
    for (let attempt = 0; attempt < 3; attempt++)
      await Promise.all(
        (await receiver.batch(attempt === 0 ? 2 : 1, 2000)).map((delivery) =>
          delivery.body.length > 1 ? delivery.nack({ reason: '\u0001'.repeat(500) }) : delivery.ack(),
        ),
      )
    expect(await queue.measure()).toMatchObject({ ready: 0, leased: 0, dead: 1 })
    const [dead] = await queue.peek(1, 'dead')
    expect(dead?.history).toHaveLength(3)
  })
  it('delivers what is put with a delay once, in time and as a first attempt, whoever looked at it before', async () => {
    const stores = await Promise.all([1, 2].map(() => natsStore(server.url, { prefix: 'delayed' })))
    try {
      const queues = await Promise.all(stores.map((store) => store.queue<number>('q', { lease: 300 })))
      const since = performance.now()
      await queues[0]!.sender().put([{ body: 1, delay: 1200 }, { body: 2 }, { body: 3, delay: 600 }])
      const came: { body: number; attempt: number; ms: number }[] = []
      const receivers = queues.map((queue) => queue.receiver())
      const consume = async (receiver: (typeof receivers)[number]): Promise<void> => {
        for await (const delivery of receiver) {
          came.push({ body: delivery.body, attempt: delivery.attempt, ms: performance.now() - since })
          await delivery.ack()
        }
      }
      const consuming = receivers.map(consume)
      await wait(2500)
      await Promise.all(receivers.map((receiver) => receiver.close()))
      await Promise.all(consuming)
      expect(came.map(({ body, attempt }) => [body, attempt])).toEqual([
        [2, 1],
        [3, 1],
        [1, 1],
      ])
      expect(came[1]!.ms).toBeGreaterThan(590)
      expect(came[2]!.ms).toBeGreaterThan(1190)
      const stats = await Promise.all(queues.map((queue) => queue.measure()))
      expect(stats.map(({ redelivered, failed, ready, delayed }) => ({ redelivered, failed, ready, delayed }))).toEqual(
        stats.map(() => ({ redelivered: 0, failed: 0, ready: 0, delayed: 0 })),
      )
    } finally {
      for (const store of stores) await store.close()
    }
  })

  describe('keeps no word on messages that are gone', () => {
    const words = async (prefix: string): Promise<number> => {
      const connection = await connect({ servers: server.url })
      const answer = await connection.request(`$JS.API.STREAM.INFO.${prefix}-fate-q`)
      await connection.close()
      return answer.json<{ state: { messages: number } }>().state.messages
    }
    const giveBack = async (queue: Queue<number>): Promise<void> => {
      await queue.sender().put(Array.from({ length: 20 }, (_, body) => ({ body })))
      const receiver = queue.receiver({ prefetch: 20 })
      expect(await receiver.batch(20, 2000)).toHaveLength(20)
      await receiver.close({ drainMs: 0 })
      await queue.measure()
    }

    it('too old', async () => {
      await using store = await natsStore(server.url, { prefix: 'old' })
      const queue = await store.queue<number>('q', { ttl: 500 })
      await giveBack(queue)
      expect(await words('old')).toBe(20)
      await queue.sender().put([{ body: 1, ttl: '1h' }])
      await wait(600)
      const delivery = await queue.receiver().next()
      expect(delivery?.body).toBe(1)
      expect(queue.stats().dropped['expired']).toBe(20)
      expect(await words('old')).toBe(0)
    })

    it('removed', async () => {
      await using store = await natsStore(server.url, { prefix: 'removed' })
      const queue = await store.queue<number>('q')
      await giveBack(queue)
      expect(await queue.purge('ready')).toBe(20)
      expect(await words('removed')).toBe(0)
    })

    it('ended while somebody else had them', async () => {
      await using store = await natsStore(server.url, { prefix: 'ended' })
      const queue = await store.queue<number>('q')
      await giveBack(queue)
      const connection = await connect({ servers: server.url })
      await connection.request('$JS.API.STREAM.PURGE.ended-queue-q')
      await connection.close()
      await queue.measure()
      expect(await words('ended')).toBe(0)
    })
  })
  it('shows no token', async () => {
    await using store = await natsStore(server.url.replace('//', '//s3cret@'))
    expect(store.url).toBe(server.url)
    const unreadable = natsStore('nats://me:s3cret@[host')
    await expect(unreadable).rejects.toThrow("url: expected a URL such as nats://host:port, got 'nats://[host'")
  })
})
