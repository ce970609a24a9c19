import { setTimeout as wait } from 'node:timers/promises'
import type { Queue, QueueOptions, Store } from 'forebay/queue'
import { seededRandom } from 'forebay/testkit'
import { describe, expect, it } from 'vitest'
import { requireServer } from '../../../../tools/services/require-server.ts'
import { kafkaStore } from '../../src/kafka/index.ts'
import { startChild, type Child } from '../kill-rounds/start-child.ts'
import { faultWorld } from '../broker-faults/fault-world.ts'
import { until } from '../broker-faults/load.ts'

const kafka = await requireServer('kafka')
const world = faultWorld(kafka)

async function queueOf(
  name: string,
  options: QueueOptions<number> = {},
  partitions = 1,
): Promise<{ store: Store; queue: Queue<number> }> {
  const store = await kafkaStore(kafka.url, { partitions })
  world.closes(store)
  return { store, queue: await store.queue<number>(name, { backoff: () => 10, ...options }) }
}

interface Got {
  readonly at: bigint
  readonly key: string
  readonly body: number
  readonly attempt: number
}

function gotBy({ lines }: Child): Got[] {
  return lines
    .filter((line) => line.startsWith('got '))
    .map((line) => {
      const [, at = '0', key = '', body, attempt] = line.split(' ')
      return { at: BigInt(at), key, body: Number(body), attempt: Number(attempt) }
    })
}

describe.skipIf(!kafka.available)('keys in Kafka', () => {
  it(
    'keep their order through retries while consumers are killed and partitions move',
    { timeout: 240_000 },
    async () => {
      const name = world.queueName()
      const { queue } = await queueOf(name, {}, 4)
      const random = seededRandom(20_261_122)
      const all: Child[] = []
      world.closes({ close: async () => all.forEach(({ process }) => process.kill('SIGKILL')) })
      const start = (): Child => {
        const child = startChild([kafka.url, name, '6s'], [], 'keyed-child.ts')
        all.push(child)
        return child
      }
      let put = 0
      const putMore = async (count: number): Promise<void> => {
        const bodies = Array.from({ length: count }, () => put++)
        await queue.sender().put(bodies.map((body) => ({ body, key: `k${body % 23}` })))
      }
      const works = async (child: Child): Promise<void> => {
        const before = child.lines.length
        await until(
          async () => {
            await putMore(10)
            return child.lines.length > before + 5
          },
          'it has a partition and takes from it',
          60_000,
        )
      }
      await putMore(200)
      let [steady, doomed] = [start(), start()]
      for (let round = 0; round < 3; round++) {
        await works(doomed)
        await wait(random.next() * 300)
        doomed.process.kill('SIGKILL')
        await doomed.ended
        ;[steady, doomed] = [start(), steady]
      }
      await works(steady)
      await until(async () => (await queue.measure()).ready === 0, 'everything has ended', 60_000)

      const got = all.flatMap(gotBy).toSorted((a, b) => (a.at < b.at ? -1 : 1))
      expect(new Set(got.map(({ body }) => body)).size).toBe(put)
      const last = new Map<string, Got>()
      for (const one of got) {
        const before = last.get(one.key)
        last.set(one.key, one)
        if (before === undefined) continue
        const isInOrder = one.body > before.body || (one.body === before.body && one.attempt >= before.attempt)
        expect(isInOrder, `${one.key}: ${one.body} (${one.attempt}) after ${before.body} (${before.attempt})`).toBe(
          true,
        )
      }
      const acked = all.flatMap(({ lines }) => lines.filter((line) => line.startsWith('ack ')))
      expect(new Set(acked).size).toBe(acked.length)
      expect(got.filter(({ attempt }) => attempt > 1).length).toBeGreaterThan(20)
    },
  )

  it('stay busy over a restart: what waits for another attempt comes first, with its attempts and their reasons', async () => {
    const name = world.queueName()
    const first = await queueOf(name)
    const bodies = [1, 2, 3].map((body) => ({ body, key: 'a' }))
    await first.queue.sender().put([...bodies, { body: 4, key: 'b' }])
    const out = await first.queue.receiver().batch(2, 20_000)
    expect(out.map(({ body }) => body)).toEqual([1, 4])
    await out[0]?.nack({ delay: 6000, reason: 'busy' })
    const due = Date.now() + 6000
    expect(await first.queue.measure()).toMatchObject({ ready: 2, delayed: 1, leased: 1 })
    expect((await first.queue.peek(5)).map(({ body }) => body)).toEqual([2, 3])
    expect((await first.queue.peek(5, 'delayed')).map(({ body }) => body)).toEqual([1])
    await first.store.close()

    const { queue } = await queueOf(name)
    const receiver = queue.receiver()
    const [b] = await receiver.batch(1, 20_000)
    expect(b).toMatchObject({ body: 4, attempt: 1 })
    await b?.ack()
    for (const body of [1, 2, 3]) {
      const [delivery] = await receiver.batch(1, 20_000)
      expect(delivery).toMatchObject({ body, attempt: body === 1 ? 2 : 1 })
      if (body === 1) expect(Date.now()).toBeGreaterThanOrEqual(due - 50)
      await (body === 1 ? delivery?.reject('never') : delivery?.ack())
    }
    const [letter] = await queue.peek(1, 'dead')
    expect(letter?.history?.map(({ reason }) => reason)).toEqual(['busy', 'never'])
    expect(await queue.measure()).toMatchObject({ ready: 0, delayed: 0, dead: 1 })
    // A dead letter that is put back is the last of its key.
    await queue.sender().put([{ body: 5, key: 'a' }])
    expect(await queue.redrive()).toBe(1)
    const seen: number[] = []
    for (let turn = 0; turn < 2; turn++) {
      const [delivery] = await receiver.batch(1, 20_000)
      seen.push(delivery?.body ?? 0)
      await delivery?.ack()
    }
    expect(seen).toEqual([5, 1])
  })

  it(
    'take in what was delayed when its time has come, whoever has the partition of the key',
    { timeout: 60_000 },
    async () => {
      const name = world.queueName()
      const here = await queueOf(name, {}, 4)
      const there = await queueOf(name, {}, 4)
      const keys = Array.from({ length: 12 }, (_, i) => `k${i}`)
      const sender = here.queue.sender()
      await sender.put(keys.map((key, body) => ({ body: 100 + body, key, delay: 400 })))
      await sender.put(keys.map((key, body) => ({ body, key })))
      const out = new Set<string>()
      const seen = new Map<string, number[]>()
      let clashes = 0
      for (const { queue } of [here, there]) {
        const receiver = queue.receiver({ prefetch: 8 })
        receiver.onDelivery((deliveries) => {
          for (const delivery of deliveries) void work(delivery)
        })
        const work = async (
          delivery: Parameters<Parameters<typeof receiver.onDelivery>[0]>[0][number],
        ): Promise<void> => {
          const key = delivery.key ?? ''
          const stamp = `${key} ${delivery.id}`
          clashes += [...out].filter((other) => other.startsWith(`${key} `) && other !== stamp).length
          out.add(stamp)
          await wait(600) // longer than the delay: those that are due find their key busy
          out.delete(stamp)
          await delivery.ack().then(
            () => seen.set(key, [...(seen.get(key) ?? []), delivery.body]),
            () => undefined, // its partition went to the other
          )
          receiver.grant(1)
        }
        receiver.grant(8)
      }
      await until(() => [...seen.values()].flat().length === 24, 'all of them')
      expect(clashes).toBe(0)
      for (const [key, bodies] of seen) expect(bodies, key).toEqual(bodies.toSorted((a, b) => a - b))
    },
  )

  it('are free again when the message that has one is too old', async () => {
    const { queue } = await queueOf(world.queueName())
    await queue.sender().put([
      { body: 1, key: 'a', ttl: 1 },
      { body: 2, key: 'a' },
    ])
    await wait(50)
    const [delivery] = await queue.receiver().batch(1, 5000)
    expect(delivery).toMatchObject({ body: 2, key: 'a' })
    expect(queue.stats().dropped).toEqual({ expired: 1 })
    await delivery?.ack()
  })

  it('are those of the records: another program that puts is kept in order as well', async () => {
    const { queue } = await queueOf(world.queueName())
    const { Producer, stringSerializers } = await import('@platformatic/kafka')
    const bootstrapBrokers = [kafka.url.slice('kafka://'.length)]
    const other = new Producer({ clientId: 'elsewhere', bootstrapBrokers, serializers: stringSerializers })
    const topic = `forebay.${queue.name}`
    await other.send({ messages: [1, 2].map((body) => ({ topic, key: 'theirs', value: String(body) })), acks: -1 })
    await other.close()
    const receiver = queue.receiver()
    const [first, ...none] = await receiver.batch(2, 1500)
    expect(first).toMatchObject({ body: 1, key: 'theirs' })
    expect(none).toEqual([])
    await first?.ack()
    expect((await receiver.batch(1, 5000))[0]).toMatchObject({ body: 2 })
  })
})
