import { setTimeout as wait } from 'node:timers/promises'
import { flow } from 'forebay'
import { durableStore, type Store } from 'forebay/queue'
import { seededRandom } from 'forebay/testkit'
import { afterAll, afterEach, describe, expect, it } from 'vitest'
import { faultProxy } from '../../../../tools/services/fault-proxy.ts'
import type { Server } from '../../../../tools/services/require-server.ts'
import { openStore, type StoreUrl } from '../../src/open-store.ts'
import { startChild, type Child } from '../kill-rounds/start-child.ts'
import { Load, until } from '../rabbitmq/load.ts'

const ROUNDS = 20
const options = { lease: 1000, backoff: () => 10, maxAttempts: 100 }

/**
 * What a broker's adapter has to bear: processes that share a queue, die, and lose their server or the network to it.
 * `again`: deliveries that may come twice when the server is killed; default what may be out and on its way.
 */
export function brokerFaults(name: string, server: Server, again = 100 + 4 * 20): void {
  const open: { close(): Promise<unknown> }[] = []
  const children: Child[] = []
  let names = 0
  const queueName = (): string => `faults-${process.pid}-${names++}`

  afterEach(async () => {
    for (const child of children.splice(0)) child.process.kill('SIGKILL')
    for (const one of open.splice(0).toReversed()) await one.close()
  })
  afterAll(() => server.stop())

  const store = async (url = server.url): Promise<Store> => {
    const opened = await openStore(url as StoreUrl)
    open.push(opened)
    return opened
  }
  const child = (queue: string, role: 'put' | 'take', ...rest: number[]): Child => {
    const started = startChild([server.url, queue, role, ...rest.map(String)], [], '../redis/queue-child.ts')
    children.push(started)
    return started
  }

  describe.skipIf(!server.available)(`queues in ${name}`, () => {
    it('are shared by processes: none gets what another has, and a sender sees what others put', async () => {
      const shared = queueName()
      const [qa, qb] = [
        await (await store()).queue<number>(shared, { maxItems: 10 }),
        await (await store()).queue<number>(shared, { maxItems: 10 }),
      ]
      await qa.sender().put(Array.from({ length: 10 }, (_, body) => ({ body })))
      const waits = qb.sender().put([{ body: 10 }])
      await until(() => qb.sender().credit.reason === 'full', 'the other store hears that it is full')
      const [ra, rb] = [qa.receiver(), qb.receiver()]
      const both = [await ra.batch(5, 1000), await rb.batch(5, 1000)]
      expect(new Set(both.flat().map((delivery) => delivery.body)).size).toBe(10)
      await ra.ackAll(both[0] ?? [])
      await waits
      await rb.ackAll(both[1] ?? [])
      expect((await qb.receiver().next())?.body).toBe(10)
    })

    it.runIf(server.isOurs)('lose nothing that was confirmed when the server is killed twenty times', async () => {
      const queue = await (await store()).queue<number>(queueName(), options)
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

    it('lose nothing that was confirmed when producers and consumers are killed twenty times', async () => {
      const killed = queueName()
      const random = seededRandom(20_261_121)
      const confirmed = new Set<number>()
      const acked = new Set<number>()
      const seen = new Map<number, number>()
      const saw = (body: number): void => void seen.set(body, (seen.get(body) ?? 0) + 1)
      for (let round = 0; round < ROUNDS; round++) {
        const [putter, taker] = [child(killed, 'put', round * 100_000, 100_000), child(killed, 'take')]
        await taker.line((line) => line.startsWith('ack '))
        await wait(random.next() * 200)
        putter.process.kill('SIGKILL')
        taker.process.kill('SIGKILL')
        await Promise.all([putter.ended, taker.ended])
        for (const body of told(putter.lines, 'put')) confirmed.add(body)
        expect(told(taker.lines, 'got').filter((body) => acked.has(body))).toEqual([])
        for (const body of told(taker.lines, 'ack')) acked.add(body)
        told(taker.lines, 'got').forEach(saw)
      }
      const queue = await (await store()).queue<number>(killed, options)
      const receiver = queue.receiver()
      await until(async () => {
        const deliveries = await receiver.batch(1000, 100)
        for (const { body } of deliveries) {
          expect(acked.has(body)).toBe(false)
          saw(body)
        }
        await receiver.ackAll(deliveries).catch(() => undefined)
        const { ready, leased, delayed } = await queue.measure()
        return ready + leased + delayed === 0
      }, 'everything is acknowledged')
      expect(confirmed.size).toBeGreaterThan(200)
      expect(acked.size).toBeGreaterThan(ROUNDS)
      // Of what was got nobody knows whether its ack was durable when the process died.
      expect([...confirmed].filter((body) => !seen.has(body))).toEqual([])
      const duplicates = [...seen.values()].reduce((sum, times) => sum + times - 1, 0)
      expect(duplicates).toBeLessThanOrEqual(ROUNDS * 20)
      expect((await queue.measure()).dead).toBe(0)
    })

    for (const how of ['cut', 'silence'] as const) {
      it(`lose nothing when the network is gone for a while (${how})`, async () => {
        const proxy = await faultProxy(server.url)
        open.push(proxy)
        const queue = await (await store(proxy.url)).queue<number>(queueName(), { lease: 5000 })
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

    it('are the durable edge of a flow, which moves every record in order and balances', async () => {
      const seen: number[] = []
      const run = flow
        .range(1, 2000)
        .durable(queueName(), { items: 500, prefetch: 64 })
        .map((n) => n * 2)
        .to((n) => void seen.push(n))
        .run({ store: durableStore(await openStore(server.url as StoreUrl)) })
      await run.done
      expect(seen).toEqual(Array.from({ length: 2000 }, (_, i) => 2 * (i + 1)))
      const { ledger, balanced } = run.inspect()
      expect(ledger).toMatchObject({ carriedIn: 0, in: 2000, out: 2000, inFlight: 0, carriedOut: 0 })
      expect(balanced).toBe(true)
    })

    it('keep what a slow flow holds, though it holds it for longer than a lease', async () => {
      const seen: number[] = []
      const run = flow
        .range(1, 8)
        .durable(queueName(), { leaseMs: 400, maxAttempts: 2 })
        .mapAsync((n) => wait(150, n), { concurrency: 1 })
        .to((n) => void seen.push(n))
        .run({ store: durableStore(await openStore(server.url as StoreUrl)) })
      await run.done
      expect(seen).toEqual(Array.from({ length: 8 }, (_, i) => i + 1))
      expect(run.inspect().ledger).toMatchObject({ out: 8, deadLettered: 0 })
    })
  })
}

function told(lines: readonly string[], word: string): number[] {
  return lines.filter((line) => line.startsWith(`${word} `)).map((line) => Number(line.slice(word.length + 1)))
}
