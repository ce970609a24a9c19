import { Producer } from '@platformatic/kafka'
import { afterAll, afterEach, describe, expect, it } from 'vitest'
import { requireServer } from '../../../../tools/services/require-server.ts'
import { kafkaStore, type KafkaStoreOptions } from '../../src/kafka/index.ts'
import { until } from '../broker-faults/load.ts'

const kafka = await requireServer('kafka')
const open: { close(): Promise<unknown> }[] = []
// A broker that the environment names may have seen earlier runs.
let names = Date.now()

afterEach(async () => {
  for (const one of open.splice(0).toReversed()) await one.close()
})
afterAll(() => kafka.stop())

async function store(options: KafkaStoreOptions = {}): Promise<Awaited<ReturnType<typeof kafkaStore>>> {
  const opened = await kafkaStore(kafka.url, options)
  open.push(opened)
  return opened
}

it('refuses a URL and options that say nothing it knows', async () => {
  for (const url of ['kafka://', 'kafka://a:b', 'kafka://user@host', 'kafka://host/topic', 'kafka://host/?acks=0'])
    await expect(kafkaStore(url)).rejects.toThrow(RangeError)
  await expect(kafkaStore('kafka://host', { partitions: 0 })).rejects.toThrow('partitions')
  await expect(kafkaStore('kafka://host', { replicas: 1.5 })).rejects.toThrow('replicas')
  await expect(kafkaStore('kafka://host', { prefix: 'a b' })).rejects.toThrow('prefix')
})

it('says in time that no broker can be reached', async () => {
  await expect(kafkaStore('kafka://127.0.0.1:1', { connectTimeoutMs: 1000 })).rejects.toMatchObject({
    code: 'FOREBAY_UNAVAILABLE',
    retryable: true,
  })
})

describe.skipIf(!kafka.available)('a store in Kafka', () => {
  it('keeps what was acknowledged out of order, though a group has one offset for a partition', async () => {
    const name = `holes-${names++}`
    const first = await store({ partitions: 1 })
    const queue = await first.queue<number>(name)
    await queue.sender().put(Array.from({ length: 100 }, (_, body) => ({ body })))
    const deliveries = await queue.receiver().batch(100, 5000)
    await queue.receiver().ackAll(deliveries.filter(({ body }) => body % 3 !== 0))
    await first.close()

    const again = await (await store()).queue<number>(name)
    expect(await again.measure()).toMatchObject({ carriedIn: 34, ready: 34 })
    expect((await again.peek(5)).map(({ body }) => body)).toEqual([0, 3, 6, 9, 12])
    const left = await again.receiver().batch(100, 1000)
    expect(left.map(({ body }) => body)).toEqual(Array.from({ length: 34 }, (_, i) => 3 * i))
    await again.receiver().ackAll(left)
  })

  it('keeps every ack that has resolved, and hands out the rest, with more holes than fit into a commit', async () => {
    const name = `more-holes-${names++}`
    const messages = 3000
    const first = await store({ partitions: 1 })
    const queue = await first.queue<number>(name, { lease: '60s' })
    await queue.sender().put(Array.from({ length: messages }, (_, body) => ({ body })))
    const receiver = queue.receiver({ prefetch: messages })
    const acked = new Set<number>()
    for (let out = 0; out < 1900;) {
      const deliveries = await receiver.batch(1000, 500)
      out += deliveries.length
      const some = deliveries.filter(({ body }) => body % 2 === 1)
      await receiver.ackAll(some)
      for (const { body } of some) acked.add(body)
    }
    expect(acked.size).toBeGreaterThan(900)
    await receiver.close({ drainMs: 0 })
    await first.close()

    const again = await (await store()).queue<number>(name, { lease: '60s' })
    expect(await again.measure()).toMatchObject({ ready: messages - acked.size })
    const rest = again.receiver({ prefetch: messages })
    const seen: number[] = []
    for (let round = 0; round < 30 && seen.length < messages - acked.size; round++) {
      const deliveries = await rest.batch(1000, 500)
      seen.push(...deliveries.map(({ body }) => body))
      await rest.ackAll(deliveries)
    }
    expect(seen.filter((body) => acked.has(body))).toEqual([])
    expect(new Set(seen).size).toBe(messages - acked.size)
  })

  it('takes what a dead letter left behind, however many holes there are', { timeout: 60_000 }, async () => {
    const queue = await (await store({ partitions: 1 })).queue<number>(`letters-${names++}`)
    await queue.sender().put(Array.from({ length: 1500 }, (_, body) => ({ body })))
    const receiver = queue.receiver({ prefetch: 500 })
    for (let taken = 0; taken < 1500;) {
      const deliveries = await receiver.batch(500, 1000)
      await Promise.all(deliveries.map((delivery) => delivery.reject('no')))
      taken += deliveries.length
    }
    const every = (n: number) => (message: { body: number | undefined }) => (message.body ?? 0) % n === 0
    expect(await queue.redrive({ filter: every(2), rate: 10_000 })).toBe(750)
    expect((await queue.measure()).dead).toBe(750)
    expect((await queue.peek(750, 'dead')).map(({ body }) => body).toSorted((a = 0, b = 0) => a - b)).toEqual(
      Array.from({ length: 750 }, (_, i) => 2 * i + 1),
    )
  })

  it('takes as many small messages at once as it is given, though its topics take no large batch', async () => {
    const queue = await (await store({ partitions: 1 })).queue<string>(`small-${names++}`, { maxItemBytes: '1KiB' })
    const put = await queue.sender().put(Array.from({ length: 1000 }, () => ({ body: 'x'.repeat(900) })))
    expect(put.every(({ status }) => status === 'stored')).toBe(true)
    expect(await queue.measure()).toMatchObject({ ready: 1000 })
  })

  it('refuses what its topics do not take, whoever made them, to its own caller alone', async () => {
    const name = `narrow-${names++}`
    await (await store()).queue<string>(name, { maxItemBytes: '100KiB' })
    const queue = await (await store()).queue<string>(name)
    const answers = await Promise.allSettled(
      [3, 500_000, 4].map((length) => queue.sender().put([{ body: 'a' }, { body: 'x'.repeat(length) }])),
    )
    expect(answers.map((answer) => (answer.status === 'fulfilled' ? answer.value.length : answer.reason.code))).toEqual(
      [2, 'FOREBAY_TOO_LARGE', 2],
    )
    expect(await queue.measure()).toMatchObject({ ready: 4, stored: 4 })
  })

  it('does with what its topics take when somebody sets that lower while it is open', { timeout: 60_000 }, async () => {
    const name = `lowered-${names++}`
    const queue = await (await store({ partitions: 1 })).queue<string>(name, { backoff: () => 10 })
    const sender = queue.sender()
    await sender.put([{ body: 'x'.repeat(150_000) }, { body: 'small' }])
    await lower(['', '_later.', '_dead.', '_tried.'].map((part) => `forebay.${part}${name}`))

    // As one batch they are too large, but each of them is not.
    await sender.put(Array.from({ length: 8 }, () => ({ body: 'y'.repeat(30_000) })))
    await expect(sender.put([{ body: 'z'.repeat(120_000) }])).rejects.toMatchObject({ code: 'FOREBAY_TOO_LARGE' })
    const receiver = queue.receiver()
    const [large, small] = await receiver.batch(2, 5000)
    const ends = await Promise.allSettled([small?.nack({ delay: 5000 }), large?.nack({ delay: 10 })])
    expect(ends).toMatchObject([{ status: 'fulfilled' }, { reason: { code: 'FOREBAY_TOO_LARGE' } }])
    // The large one stays where it is for a while; the copy of the other, which went in the same batch, is the only one.
    const delayed = await queue.peek(10, 'delayed')
    expect(delayed.map(({ body }) => body?.length)).toEqual([150_000, 5])
    const rest = await receiver.batch(8, 5000)
    expect(rest.map(({ body }) => body.length)).toEqual(Array.from({ length: 8 }, () => 30_000))
    const [again] = await receiver.batch(1, 4000)
    expect(again?.body).toHaveLength(150_000)
    await receiver.ackAll([...rest, ...(again === undefined ? [] : [again])])
  })

  it(
    'makes a dead letter of a delayed message that its key has no room for any more',
    { timeout: 60_000 },
    async () => {
      const name = `homeless-${names++}`
      const place = await store({ partitions: 1 })
      const queue = await place.queue<string>(name)
      const bodies = ['a', 'x'.repeat(150_000), 'b']
      await queue.sender().put(bodies.map((body) => ({ body, key: 'k', delay: 3000 })))
      await lower([`forebay.${name}`])
      const receiver = queue.receiver()
      for (const body of ['a', 'b']) {
        const [delivery] = await receiver.batch(1, 10_000)
        expect(delivery?.body).toBe(body)
        await delivery?.ack()
      }
      expect(await receiver.batch(1, 2500)).toEqual([])
      const [letter] = await queue.peek(10, 'dead')
      expect(letter?.body).toHaveLength(150_000)
      expect(letter?.history).toMatchObject([{ reason: expect.stringContaining('where its key is') }])
      expect(await queue.measure()).toMatchObject({ ready: 0, delayed: 0, dead: 1 })
      expect(place.reports).toMatchObject([{ kind: 'refused' }])
    },
  )

  it('has room in bytes again for who only puts, once others have emptied the queue', { timeout: 60_000 }, async () => {
    const name = `emptied-${names++}`
    const here = await (await store()).queue<string>(name, { maxBytes: '10KiB' })
    const there = await (await store()).queue<string>(name)
    const receiver = there.receiver()
    const body = 'x'.repeat(1024)
    for (let put = 0; put < 20; put++) {
      await here.sender().put([{ body }])
      await (await receiver.next())?.ack()
    }
  })

  it('takes records of other programs', async () => {
    const name = `foreign-${names++}`
    const queue = await (await store()).queue<unknown>(name)
    const other = new Producer({ clientId: 'other', bootstrapBrokers: [kafka.url.slice('kafka://'.length)] })
    const headers = new Map([[Buffer.from('trace'), Buffer.from('x')]])
    const value = Buffer.from('{"from":"elsewhere"}')
    await other.send({ messages: [{ topic: `forebay.${name}`, partition: 2, value, headers }], acks: -1 })
    await other.close()
    const [delivery] = await queue.receiver().batch(1, 5000)
    expect(delivery).toMatchObject({ body: { from: 'elsewhere' }, headers: { trace: 'x' }, attempt: 1 })
    expect(delivery?.id).toBe(`forebay.${name}-2-0`)
    await delivery?.ack()
  })

  it('opens a queue with the partitions that it has, and deals them to those who have a receiver', async () => {
    const name = `deal-${names++}`
    const [a, b] = [await store({ partitions: 8 }), await store({ partitions: 2 })]
    const [here, there] = [await a.queue<number>(name), await b.queue<number>(name)]
    await here.sender().put(Array.from({ length: 80 }, (_, body) => ({ body })))
    const had: number[] = []
    const take = (queue: typeof here): void => {
      const receiver = queue.receiver({ prefetch: 5 })
      receiver.onDelivery((deliveries) => {
        for (const delivery of deliveries) {
          had.push(delivery.body)
          const more = (): void => receiver.grant(1)
          void delivery.ack().then(more, more)
        }
      })
      receiver.grant(5)
    }
    take(there)
    take(here)
    await until(() => new Set(had).size === 80, 'all of eight partitions')
    expect((await here.measure()).ready).toBe(0)
  })

  it('lets the broker forget what has ended', async () => {
    const queue = await (await store({ partitions: 1 })).queue<number>(`forget-${names++}`)
    await queue.sender().put(Array.from({ length: 3000 }, (_, body) => ({ body })))
    const receiver = queue.receiver({ prefetch: 500 })
    for (let taken = 0; taken < 2500;) {
      const deliveries = await receiver.batch(Math.min(500, 2500 - taken), 1000)
      await receiver.ackAll(deliveries)
      taken += deliveries.length
    }
    const { Admin } = await import('@platformatic/kafka')
    const admin = new Admin({ clientId: 'look', bootstrapBrokers: [kafka.url.slice('kafka://'.length)] })
    const partitions = [{ partitionIndex: 0, timestamp: -2n }]
    await until(async () => {
      const [topic] = await admin.listOffsets({ topics: [{ name: `forebay.${queue.name}`, partitions }] })
      return Number(topic?.partitions[0]?.offset) >= 1000
    }, 'the log begins later')
    await admin.close()
  })
})

/** Somebody else makes the topics take less. */
async function lower(topics: readonly string[]): Promise<void> {
  const { Admin } = await import('@platformatic/kafka')
  const admin = new Admin({ clientId: 'lower', bootstrapBrokers: [kafka.url.slice('kafka://'.length)] })
  const configs = [{ name: 'max.message.bytes', configOperation: 0 as const, value: '100000' }]
  const resources = topics.map((resourceName) => ({ resourceType: 2 as const, resourceName, configs }))
  await admin.incrementalAlterConfigs({ resources })
  await admin.close()
}
