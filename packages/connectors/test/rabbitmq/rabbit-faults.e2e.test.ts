import { setTimeout as wait } from 'node:timers/promises'
import type { Store } from 'forebay/queue'
import { seededRandom } from 'forebay/testkit'
import { afterAll, afterEach, describe, expect, it } from 'vitest'
import { faultProxy } from '../../../../tools/services/fault-proxy.ts'
import { requireServer } from '../../../../tools/services/require-server.ts'
import { openStore, type StoreUrl } from '../../src/open-store.ts'
import { startChild, type Child } from '../kill-rounds/start-child.ts'
import { Load, until } from './load.ts'

const rabbit = await requireServer('rabbitmq')
const open: { close(): Promise<unknown> }[] = []
const children: Child[] = []
let names = 0

afterEach(async () => {
  for (const child of children.splice(0)) child.process.kill('SIGKILL')
  for (const one of open.splice(0).toReversed()) await one.close()
})
afterAll(() => rabbit.stop())

async function store(url = rabbit.url): Promise<Store> {
  const opened = await openStore(url as StoreUrl)
  open.push(opened)
  return opened
}

function child(role: 'put' | 'take', name: string, first: number): Child {
  const started = startChild([rabbit.url, name, role, String(first)], [], 'broker-child.ts')
  children.push(started)
  return started
}

function told(lines: readonly string[], word: string): number[] {
  return lines.filter((line) => line.startsWith(`${word} `)).map((line) => Number(line.slice(word.length + 1)))
}

describe.skipIf(!rabbit.available)('queues in RabbitMQ', () => {
  it.runIf(rabbit.isOurs)(
    'lose nothing that was confirmed when the broker is killed under load and comes back after five seconds',
    async () => {
      const queue = await (await store()).queue<number>(`broker-${process.pid}-${names++}`)
      const load = new Load(queue, { batch: 20, prefetch: 100 })
      const credit: string[] = []
      load.sender.onCredit(({ state, reason }) => credit.push(reason ?? state))
      load.start(4)
      await until(() => load.confirmed.size > 0, 'the first put into a new queue is confirmed')
      await rabbit.kill()
      await until(() => load.sender.credit.reason === 'broker', 'credit is gone')
      expect(load.sender.credit).toMatchObject({ items: 0, bytes: 0, state: 'paused' })
      const before = load.confirmed.size
      await wait(5000)
      expect(load.confirmed.size).toBe(before)
      expect(queue.stats().waiting).toBeLessThanOrEqual(4)
      await rabbit.restart()
      await until(() => load.confirmed.size > before + 1000, 'it works again', 60_000)
      await load.finish()
      expect(credit.filter((what) => what !== 'full' && what !== 'window').slice(0, 2)).toEqual(['broker', 'open'])
      expect(load.missing).toEqual([])
      // What was out, what was acknowledged and not yet on its disk, and the puts that nobody had confirmed.
      expect(load.duplicates).toBeLessThanOrEqual(100 + 100 + 4 * 20)
    },
  )

  it.runIf(rabbit.isOurs)('pause a queue that has lost its leader until it has one again', async () => {
    const name = `mute-${process.pid}-${names++}`
    const queue = await (await store()).queue<number>(name)
    const sender = queue.sender()
    await sender.put([{ body: 1 }])
    const tell = (what: 'stop' | 'restart'): Promise<string> =>
      rabbit.tool('rabbitmqctl', ['eval', `ra:${what}_server(quorum_queues, {'%2F_forebay:${name}', node()}).`])
    expect(await tell('stop')).toContain('ok')
    const put = sender.put([{ body: 2 }])
    await until(() => sender.credit.reason === 'broker', 'it is given up')
    const changes: string[] = []
    sender.onCredit(({ state }) => changes.push(state))
    await wait(20_000)
    expect(changes).toEqual([])
    expect(sender.credit).toMatchObject({ items: 0, state: 'paused', reason: 'broker' })
    expect(await tell('restart')).toContain('ok')
    expect(await put).toMatchObject([{ status: 'stored' }])
    const deliveries = [...(await queue.receiver().batch(2, 5000))]
    expect(new Set(deliveries.map(({ body }) => body))).toEqual(new Set([1, 2]))
  })

  for (const how of ['cut', 'silence'] as const) {
    it(`lose nothing when the network is gone for a while (${how})`, async () => {
      const proxy = await faultProxy(rabbit.url)
      open.push(proxy)
      const queue = await (await store(proxy.url)).queue<number>(`net-${process.pid}-${names++}`)
      const load = new Load(queue, { batch: 10, prefetch: 50 })
      load.start(1)
      for (let round = 1; round <= 2; round++) {
        const enough = load.confirmed.size + 300
        await until(() => load.confirmed.size > enough, 'it works')
        proxy[how]()
        await until(() => load.sender.credit.reason === 'broker', 'credit is gone')
        proxy.restore()
        await until(() => load.sender.credit.state === 'open', 'credit is back')
      }
      await load.finish()
      expect(load.missing).toEqual([])
      expect(load.duplicates).toBeLessThanOrEqual(2 * (50 + 50 + 10))
    })
  }

  it('go on over a network that is slow', async () => {
    const proxy = await faultProxy(rabbit.url)
    open.push(proxy)
    const queue = await (await store(proxy.url)).queue<number>(`slow-${process.pid}-${names++}`)
    proxy.delay(60)
    const load = new Load(queue, { batch: 50, prefetch: 200 })
    load.start(3)
    await until(() => load.confirmed.size > 1000, 'it works')
    await load.finish()
    expect(load.missing).toEqual([])
    expect(load.duplicates).toBe(0)
  })

  it.runIf(rabbit.isOurs)('stop puts and no consumer while the broker is short of memory', async () => {
    const queue = await (await store()).queue<string>(`alarm-${process.pid}-${names++}`)
    const sender = queue.sender()
    const body = 'x'.repeat(64 * 1024)
    await sender.put(Array.from({ length: 40 }, () => ({ body })))
    await rabbit.tool('rabbitmqctl', ['set_vm_memory_high_watermark', 'absolute', '1MB'])
    try {
      let stored = 40
      const before = process.memoryUsage()
      const putters = Array.from({ length: 400 }, async () => {
        await sender.put([{ body }, { body }])
        stored += 2
      })
      await until(() => sender.credit.reason === 'broker', 'credit is gone')
      const receiver = queue.receiver({ prefetch: 10 })
      const failed = new Set<string>()
      const done = new Set<string>()
      while (done.size < 39) {
        const deliveries = await receiver.batch(5, 1000)
        const [first, ...rest] = deliveries
        if (first !== undefined && failed.size === 0) {
          failed.add(first.id)
          await first.nack({ delay: 50, reason: 'a retry must not hold up acks' })
        } else await first?.ack()
        await receiver.ackAll(rest)
        for (const { id } of deliveries) if (!failed.has(id)) done.add(id)
      }
      expect(stored).toBeLessThan(840)
      const after = process.memoryUsage()
      // 400 puts of 128 KB wait: the driver has the window of 16 MiB at most.
      expect(after.arrayBuffers + after.heapUsed - before.arrayBuffers - before.heapUsed).toBeLessThan(120 * 1024 ** 2)
      await rabbit.tool('rabbitmqctl', ['set_vm_memory_high_watermark', '0.4'])
      await Promise.all(putters)
      expect(stored).toBe(840)
      const attempts = new Map<string, number>()
      while (done.size < 840) {
        const deliveries = await receiver.batch(10, 1000)
        await receiver.ackAll(deliveries)
        for (const { id, attempt } of deliveries) attempts.set(id, Math.max(attempt, attempts.get(id) ?? 0))
        for (const { id } of deliveries) done.add(id)
      }
      expect([...attempts].filter(([, attempt]) => attempt > 1)).toEqual(Array.from(failed, (id) => [id, 2]))
      expect(await queue.measure()).toMatchObject({ stored: 840, acked: 840, ready: 0, leased: 0, delayed: 0 })
    } finally {
      await rabbit.tool('rabbitmqctl', ['set_vm_memory_high_watermark', '0.4'])
    }
  })

  it('lose nothing that was confirmed when producers and consumers are killed twenty times', async () => {
    const name = `killed-${process.pid}-${names++}`
    const random = seededRandom(20_261_121)
    const confirmed = new Set<number>()
    const acked = new Set<number>()
    const seen = new Map<number, number>()
    for (let round = 0; round < 20; round++) {
      const [putter, taker] = [child('put', name, round * 100_000), child('take', name, 0)]
      await taker.line((line) => line.startsWith('ack '))
      await wait(random.next() * 200)
      putter.process.kill('SIGKILL')
      taker.process.kill('SIGKILL')
      await Promise.all([putter.ended, taker.ended])
      for (const body of told(putter.lines, 'put')) confirmed.add(body)
      expect(told(taker.lines, 'got').filter((body) => acked.has(body))).toEqual([])
      for (const body of told(taker.lines, 'ack')) acked.add(body)
      for (const body of told(taker.lines, 'got')) seen.set(body, (seen.get(body) ?? 0) + 1)
    }
    const queue = await (await store()).queue<number>(name)
    const receiver = queue.receiver()
    while ((await queue.measure()).ready > 0) {
      const deliveries = await receiver.batch(200, 100)
      for (const { body } of deliveries) {
        expect(acked.has(body)).toBe(false)
        seen.set(body, (seen.get(body) ?? 0) + 1)
      }
      await receiver.ackAll(deliveries)
    }
    expect(confirmed.size).toBeGreaterThan(200)
    expect(acked.size).toBeGreaterThan(20)
    expect([...confirmed].filter((body) => !seen.has(body))).toEqual([])
    const duplicates = [...seen.values()].reduce((sum, times) => sum + times - 1, 0)
    expect(duplicates).toBeLessThanOrEqual(20 * 20)
    expect((await queue.measure()).dead).toBe(0)
  })
})
