import { setTimeout as wait } from 'node:timers/promises'
import type { Store } from 'forebay/queue'
import { Connection } from 'rabbitmq-client'
import { afterAll, afterEach, describe, expect, it } from 'vitest'
import { requireServer } from '../../../../tools/services/require-server.ts'
import { rabbitStore } from '../../src/rabbitmq/index.ts'
import { until } from '../broker-faults/load.ts'

const rabbit = await requireServer('rabbitmq')
const open: { close(): Promise<unknown> }[] = []
let names = 0

afterEach(async () => {
  for (const one of open.splice(0).toReversed()) await one.close()
})
afterAll(() => rabbit.stop())

async function store(settleMs = 0): Promise<Awaited<ReturnType<typeof rabbitStore>>> {
  const opened = await rabbitStore(rabbit.url, { settleMs })
  open.push(opened)
  return opened
}

describe.skipIf(!rabbit.available)('a store on RabbitMQ', () => {
  it('shows its URL without the password', async () => {
    expect((await store()).url).not.toContain('guest')
  })

  it('says in time that a broker cannot be reached, and refuses a prefix that is none', async () => {
    await expect(rabbitStore('amqp://127.0.0.1:1', { connectTimeoutMs: 500 })).rejects.toMatchObject({
      code: 'FOREBAY_UNAVAILABLE',
      retryable: true,
    })
    await expect(rabbitStore(rabbit.url, { prefix: 'a:b' })).rejects.toThrow(RangeError)
  })

  it('uses a queue that is there with other bounds as it is, and reports that', async () => {
    const name = `bounds-${process.pid}-${names++}`
    const [first, second] = [await store(), await store()]
    const small = await first.queue<number>(name, { maxItems: 5 })
    await small.sender().put([{ body: 1 }])
    expect(first.reports).toEqual([])

    const same = await second.queue<number>(name)

    expect(second.reports).toMatchObject([{ kind: 'other-bounds' }])
    expect(second.reports[0]?.message).toContain('x-max-length')
    expect((await same.receiver().next())?.body).toBe(1)
  })

  it('lists the queues that any process has opened, and those no more that were deleted', async () => {
    const prefix = `list-${process.pid}`
    const stores = await Promise.all([1, 2, 3].map(() => rabbitStore(rabbit.url, { prefix })))
    open.push(...stores)
    const [first, second, third] = stores as [Store, Store, Store]
    expect(await third.list()).toEqual([])
    await Promise.all([first.queue('b'), second.queue('a'), second.queue('c'), first.queue('c')])
    expect(await Promise.all([first, third].map((one) => one.list()))).toEqual([
      ['a', 'b', 'c'],
      ['a', 'b', 'c'],
    ])
    await first.close()
    const other = new Connection(rabbit.url)
    open.push(other)
    await other.queueDelete(`${prefix}:b`)
    expect(await third.list()).toEqual(['a', 'c'])
    expect(second.reports).toEqual([])
    await third.queue('b')
    expect(await second.list()).toEqual(['a', 'b', 'c'])
  })

  it('ends what is too old at the broker too: it holds nothing up, and does not come again', async () => {
    const name = `old-${process.pid}-${names++}`
    const first = await store()
    const queue = await first.queue<number>(name)
    await queue.sender().put(Array.from({ length: 50 }, (_, body) => ({ body, ttl: 20 })))
    await queue.sender().put([{ body: 50 }])
    await wait(50)
    const [delivery] = await queue.receiver({ prefetch: 1 }).batch(1, 5000)
    expect(delivery?.body).toBe(50)
    await delivery?.ack()
    expect(queue.stats().dropped).toEqual({ expired: 50 })
    await first.close()
    const again = await (await store()).queue<number>(name)
    expect(await again.measure()).toMatchObject({ carriedIn: 0, ready: 0 })
  })

  it('drops what became too old while it waited in the consumer', async () => {
    const queue = await (await store()).queue<number>(`waited-${process.pid}-${names++}`)
    await queue.sender().put([{ body: 1 }, { body: 2, ttl: 1000 }, { body: 3, ttl: 1000 }, { body: 4 }])
    const receiver = queue.receiver({ prefetch: 4 })
    const [one] = await receiver.batch(1, 5000) // the others came along
    await wait(1100)
    await one?.ack()
    expect((await receiver.batch(2, 500)).map(({ body }) => body)).toEqual([4])
    expect(queue.stats().dropped).toEqual({ expired: 2 })
  })

  it('takes messages of other programs', async () => {
    const name = `foreign-${process.pid}-${names++}`
    const queue = await (await store()).queue<unknown>(name)
    const other = new Connection(rabbit.url)
    open.push(other)
    const channel = await other.acquire()
    await channel.basicPublish(`forebay:${name}`, { from: 'elsewhere' })
    await channel.basicPublish({ routingKey: `forebay:${name}`, headers: { trace: 'x' } }, '"text"')
    await channel.close()
    const receiver = queue.receiver()
    const [object, text] = await receiver.batch(2, 20_000)
    expect(object?.body).toEqual({ from: 'elsewhere' })
    expect(text).toMatchObject({ body: 'text', headers: { trace: 'x' }, attempt: 1 })
  })

  it('refuses headers that no frame can carry, and goes on', async () => {
    const queue = await (
      await store()
    ).queue<number>(`headers-${process.pid}-${names++}`, { maxAttempts: 2, backoff: () => 0 })
    const [sender, receiver] = [queue.sender(), queue.receiver()]
    const puts = await Promise.allSettled([
      sender.put([{ body: 1, headers: { h: 'x'.repeat(200_000) } }]),
      sender.put([{ body: 2, headers: { h: 'x'.repeat(98_000) } }]),
    ])
    expect(puts).toMatchObject([{ reason: { code: 'FOREBAY_TOO_LARGE' } }, { status: 'fulfilled' }])
    for (const attempt of [1, 2]) {
      const delivery = await receiver.next()
      expect(delivery).toMatchObject({ body: 2, attempt })
      await delivery?.nack({ reason: '\u0001'.repeat(1000) })
    }
    const [dead] = await queue.peek(1, 'dead')
    expect(dead?.history).toHaveLength(2)
    expect(dead?.headers.h).toHaveLength(98_000)
  })

  it.runIf(rabbit.isOurs)(
    'refuses a body that is over the limit of the broker at once, and stores the others',
    async () => {
      await rabbit.tool('rabbitmqctl', ['eval', 'application:set_env(rabbit, max_message_size, 100000).'])
      try {
        const queue = await (await store()).queue<string>(`large-${process.pid}-${names++}`)
        const sender = queue.sender()
        const body = 'x'.repeat(100_000)
        const puts = await Promise.allSettled([
          sender.put([{ body: 'one', id: 'one' }]),
          sender.put([{ body, id: 'large' }]),
          sender.put([
            { body: 'two', id: 'two' },
            { body: 'three', id: 'three' },
          ]),
        ])
        expect(puts.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled'])
        expect(puts[1]).toMatchObject({
          reason: {
            code: 'FOREBAY_TOO_LARGE',
            message: expect.stringContaining('max_message_size of the broker is 100000'),
          },
        })
        await expect(sender.put([{ body: 'four', id: 'four' }, { body }])).rejects.toMatchObject({
          code: 'FOREBAY_TOO_LARGE',
        })
        await sender.put([{ body: 'five', id: 'five' }])
        const receiver = queue.receiver()
        const ids = new Set<string>()
        await until(async () => {
          for (const delivery of await receiver.batch(10, 100)) {
            ids.add(delivery.id)
            await delivery.ack()
          }
          return ids.has('five')
        }, 'the last has come')
        expect([...ids].toSorted()).toEqual(['five', 'one', 'three', 'two'])
        expect(queue.stats()).toMatchObject({ stored: 4, rejected: 3 })
      } finally {
        await rabbit.tool('rabbitmqctl', ['eval', 'application:unset_env(rabbit, max_message_size).'])
      }
    },
  )

  it('lets every client wait that opens a queue which is new, and none that opens it later', async () => {
    const name = `fresh-${process.pid}-${names++}`
    const took = async (since: number): Promise<number> => {
      const queue = await (await store(2000)).queue<number>(name)
      await queue.sender().put([{ body: 1 }])
      return performance.now() - since
    }
    const start = performance.now()
    const [first, second] = await Promise.all([took(start), wait(300).then(() => took(start))])
    expect(first).toBeGreaterThan(2000)
    expect(second).toBeGreaterThan(2000)
    await wait(2500)
    expect(await took(performance.now())).toBeLessThan(2000)
  })

  it('retries in time though the queue of the step is only made then', async () => {
    const queue = await (await store(2000)).queue<number>(`early-${process.pid}-${names++}`)
    await queue.sender().put([{ body: 1 }, { body: 2 }])
    const receiver = queue.receiver({ prefetch: 10 })
    const due = new Map<number, number>()
    const since = performance.now()
    for (const delivery of await receiver.batch(2, 2000)) {
      const delay = delivery.body === 1 ? 200 : 3000
      await delivery.nack({ delay })
      due.set(delivery.body, performance.now() + delay)
    }
    expect(performance.now() - since).toBeLessThan(1000)
    for (const body of [1, 2]) {
      const again = await receiver.next()
      expect(again).toMatchObject({ body, attempt: 2 })
      expect(performance.now() - due.get(body)!).toBeGreaterThan(-200) // from when it was asked for
      expect(performance.now() - due.get(body)!).toBeLessThan(1000)
      await again?.ack()
    }
    expect(await queue.measure()).toMatchObject({ ready: 0, delayed: 0, leased: 0, acked: 2 })
  })

  it('makes a queue again that somebody has deleted, and stores what was being put', async () => {
    const name = `deleted-${process.pid}-${names++}`
    const queue = await (await store()).queue<number>(name)
    await queue.sender().put([{ body: 1 }])
    const other = new Connection(rabbit.url)
    open.push(other)
    await other.queueDeclare({ queue: `forebay:${name}`, passive: true })
    const channel = await other.acquire()
    await channel.queueDelete(`forebay:${name}`)
    await channel.close()
    const [result] = await queue.sender().put([{ body: 2 }])
    expect(result?.status).toBe('stored')
    expect((await queue.receiver().next())?.body).toBe(2)
  })

  it('delivers what waits for its time though the queue of its next step was deleted', async () => {
    const name = `step-${process.pid}-${names++}`
    const queue = await (await store()).queue<number>(name)
    const receiver = queue.receiver({ prefetch: 10 })
    await queue.sender().put([{ body: 1, delay: 100 }])
    await (await receiver.next())?.ack()
    const other = new Connection(rabbit.url)
    open.push(other)
    expect(await other.queueDelete(`forebay:${name}:delay:100`)).toMatchObject({ messageCount: 0 })
    await queue.sender().put([{ body: 2, delay: 300 }]) // 200 ms, and then 100
    const [delivery] = await receiver.batch(1, 3000)
    expect(delivery?.body).toBe(2)
  })

  it('gives others what a slow consumer was sent ahead, and sends it no more than it uses', async () => {
    const name = `ahead-${process.pid}-${names++}`
    const [slow, quick] = [
      await (await store()).queue<number>(name, { lease: '1m' }),
      await (await store()).queue<number>(name),
    ]
    await slow.sender().put(Array.from({ length: 100 }, (_, body) => ({ body })))
    const lazy = slow.receiver({ prefetch: 100 })
    const first = await lazy.next()
    const eager = quick.receiver({ prefetch: 100 })
    const had: number[] = []
    await until(async () => {
      const deliveries = await eager.batch(100, 100)
      had.push(...deliveries.map(({ body }) => body))
      await eager.ackAll(deliveries)
      return had.length === 99
    }, 'the rest goes to the other')
    expect(had.toSorted((a, b) => a - b)).toEqual(Array.from({ length: 99 }, (_, i) => i + 1))
    await first?.ack()

    await eager.close()
    await slow.sender().put(Array.from({ length: 10 }, (_, body) => ({ body })))
    const next = await lazy.next()
    await wait(200)
    // One is out and one at most was sent ahead.
    expect((await quick.measure()).ready).toBeGreaterThanOrEqual(8)
    await next?.ack()
  })

  it('answers those who wait when it is closed', async () => {
    const proxied = await store()
    const queue = await proxied.queue<number>(`closing-${process.pid}-${names++}`)
    const waiting = queue.receiver().next()
    await proxied.close()
    expect(await waiting).toBeUndefined()
    await expect(queue.sender().put([{ body: 1 }])).rejects.toMatchObject({ code: 'FOREBAY_CLOSED' })
  })
})
