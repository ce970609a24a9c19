import { setTimeout as wait } from 'node:timers/promises'
import type { Duration } from 'forebay'
import { openStore, type StoreUrl } from '../../src/open-store.ts'

/**
 * Puts into a queue of a broker, or takes from it, until it is killed, and says on standard output what it was told:
 * `put 17`, `got 17`, `ack 17`. Usage: broker-child.ts URL QUEUE put|take FIRST [LEASE]
 */
const [url, name = '', role, first = '0', lease = '30s'] = process.argv.slice(2)
const store = await openStore(url as StoreUrl)
const queue = await store.queue<number>(name, { backoff: () => 10, maxAttempts: 100, lease: lease as Duration })

async function put(): Promise<never> {
  const sender = queue.sender()
  for (let next = Number(first); ; next += 10) {
    const bodies = Array.from({ length: 10 }, (_, i) => next + i)
    await sender.put(bodies.map((body) => ({ body })))
    process.stdout.write(bodies.map((body) => `put ${body}\n`).join(''))
    await wait(10) // a backlog of a few thousand, however quick the broker is
  }
}

async function take(): Promise<void> {
  for await (const delivery of queue.receiver({ prefetch: 20 })) {
    process.stdout.write(`got ${delivery.body}\n`)
    await delivery.ack()
    process.stdout.write(`ack ${delivery.body}\n`)
  }
}

await (role === 'put' ? put() : take())
