import { setTimeout as wait } from 'node:timers/promises'
import type { Store } from 'forebay/queue'
import { seededRandom } from 'forebay/testkit'
import { afterAll, afterEach, describe, expect, it } from 'vitest'
import { requireServer } from '../../../../tools/services/require-server.ts'
import { openStore, type StoreUrl } from '../../src/open-store.ts'
import { startChild, type Child } from '../kill-rounds/start-child.ts'
import { Load, until } from '../rabbitmq/load.ts'

const kafka = await requireServer('kafka')
const open: { close(): Promise<unknown> }[] = []
const children: Child[] = []
// A broker that the environment names may have seen earlier runs.
let names = Date.now()

afterEach(async () => {
  for (const child of children.splice(0)) child.process.kill('SIGKILL')
  for (const one of open.splice(0).toReversed()) await one.close()
})
afterAll(() => kafka.stop())

async function store(): Promise<Store> {
  const opened = await openStore(kafka.url as StoreUrl)
  open.push(opened)
  return opened
}

function child(role: 'put' | 'take', name: string, first: number, lease = '6s'): Child {
  const started = startChild([kafka.url, name, role, String(first), lease], [], 'broker-child.ts')
  children.push(started)
  return started
}

function told(lines: readonly string[], word: string): number[] {
  return lines.filter((line) => line.startsWith(`${word} `)).map((line) => Number(line.slice(word.length + 1)))
}

describe.skipIf(!kafka.available)('queues in Kafka', () => {
  for (const how of ['SIGKILL', 'SIGSTOP'] as const)
    it.runIf(kafka.isOurs)(
      `lose nothing that was confirmed when the broker is gone under load for five seconds (${how})`,
      { timeout: 150_000 },
      async () => {
        const queue = await (await store()).queue<number>(`broker-${names++}`)
        const load = new Load(queue, { batch: 20, prefetch: 100 })
        const credit: string[] = []
        load.sender.onCredit(({ state, reason }) => credit.push(reason ?? state))
        load.start(4)
        await until(() => load.seen.size > 1000, 'it works before')
        if (how === 'SIGKILL') await kafka.kill()
        else process.kill(kafka.pid, 'SIGSTOP')
        await until(() => load.sender.credit.reason === 'broker', 'credit is gone')
        expect(load.sender.credit).toMatchObject({ items: 0, bytes: 0, state: 'paused' })
        const before = load.confirmed.size
        await wait(5000)
        expect(load.confirmed.size).toBe(before)
        expect(queue.stats().waiting).toBeLessThanOrEqual(4)
        if (how === 'SIGKILL') await kafka.restart()
        else process.kill(kafka.pid, 'SIGCONT')
        await until(() => load.confirmed.size > before + 1000, 'it works again', 60_000)
        await load.finish()
        expect(credit.filter((what) => what !== 'full' && what !== 'window').slice(0, 2)).toEqual(['broker', 'open'])
        expect(load.missing).toEqual([])
        // What was out, and the puts that nobody had confirmed.
        expect(load.duplicates).toBeLessThanOrEqual(100 + 4 * 20)
      },
    )

  it(
    'lose nothing while consumers come and go, and deliver again no more than was out',
    { timeout: 120_000 },
    async () => {
      const name = `rebalance-${names++}`
      const queue = await (await store()).queue<number>(name, { lease: '30s' })
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
      const name = `waiting-${names++}`
      const bodies = Array.from({ length: 60 }, (_, i) => i)
      const putter = await (await store()).queue<number>(name)
      await putter.sender().put([{ body: -1 }])
      const taker = child('take', name, 0, '20s')
      await taker.line((line) => line === 'ack -1')
      taker.process.kill('SIGKILL')
      await taker.ended
      for (const body of bodies) await putter.sender().put([{ body }]) // to every partition
      const queue = await (await store()).queue<number>(name, { lease: '20s' })
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
    async () => {
      const name = `killed-${names++}`
      const random = seededRandom(20_261_121)
      const confirmed = new Set<number>()
      const acked = new Set<number>()
      const seen = new Map<number, number>()
      const rounds = 5
      for (let round = 0; round < rounds; round++) {
        const [putter, taker] = [child('put', name, round * 100_000), child('take', name, 0)]
        await taker.line((line) => line.startsWith('ack ')) // the group has taken its dead member for dead
        await wait(random.next() * 500)
        putter.process.kill('SIGKILL')
        taker.process.kill('SIGKILL')
        await Promise.all([putter.ended, taker.ended])
        for (const body of told(putter.lines, 'put')) confirmed.add(body)
        expect(told(taker.lines, 'got').filter((body) => acked.has(body))).toEqual([])
        for (const body of told(taker.lines, 'ack')) acked.add(body)
        for (const body of told(taker.lines, 'got')) seen.set(body, (seen.get(body) ?? 0) + 1)
      }
      const queue = await (await store()).queue<number>(name)
      const receiver = queue.receiver({ prefetch: 1000 })
      const end = Date.now() + 60_000
      for (let ready = Infinity; ready > 0; { ready } = await queue.measure()) {
        expect(Date.now(), `${ready} that are ready are not handed out`).toBeLessThan(end)
        const deliveries = await receiver.batch(1000, 100)
        for (const { body } of deliveries) {
          expect(acked.has(body)).toBe(false)
          seen.set(body, (seen.get(body) ?? 0) + 1)
        }
        await receiver.ackAll(deliveries)
      }
      expect(acked.size).toBeGreaterThan(rounds)
      expect([...confirmed].filter((body) => !seen.has(body))).toEqual([])
      const duplicates = [...seen.values()].reduce((sum, times) => sum + times - 1, 0)
      expect(duplicates).toBeLessThanOrEqual(rounds * 20)
      expect((await queue.measure()).dead).toBe(0)
    },
  )
})
