import { openStore, type StoreUrl } from '../../src/open-store.ts'

/**
 * A process of its own that puts or takes, and says on standard output what is confirmed: `put 17`, `got 17`, `ack 17`.
 * Usage: queue-child.ts URL QUEUE put|take FIRST COUNT
 */
const [url, name = '', role, first = '0', count = '0'] = process.argv.slice(2)
const store = await openStore(url as StoreUrl)
const queue = await store.queue<number>(name, { lease: 1000, backoff: () => 10, maxAttempts: 100 })

if (role === 'put') {
  const sender = queue.sender()
  for (let n = Number(first); n < Number(first) + Number(count); n += 10) {
    const bodies = Array.from({ length: 10 }, (_, i) => n + i)
    await sender.put(bodies.map((body) => ({ body })))
    process.stdout.write(bodies.map((body) => `put ${body}\n`).join(''))
  }
} else {
  const receiver = queue.receiver({ prefetch: 20 })
  for await (const delivery of receiver) {
    process.stdout.write(`got ${delivery.body}\n`)
    await delivery.ack()
    process.stdout.write(`ack ${delivery.body}\n`)
  }
}
await store.close()
