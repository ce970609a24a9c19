import { setTimeout as wait } from 'node:timers/promises'
import { openStore, type StoreUrl } from '../../src/open-store.ts'

/** What a process is to do with a queue, as JSON in its first argument. */
export interface ChildTask {
  readonly url: string
  readonly queue: string
  readonly role: 'put' | 'take'
  /** The number that is put first. */
  readonly first?: number
  /** Between two puts; default 0. A broker that is slow to hand out is left a backlog that can be taken in time. */
  readonly pauseMs?: number
  /** Ms; default 1000. */
  readonly lease?: number
}

/** Puts into a queue or takes from it until it is killed, and says on standard output what it was told: `put 17`, `got 17`, `ack 17`. */
const { url, queue: name, role, first = 0, pauseMs = 0, lease = 1000 } = JSON.parse(process.argv[2] ?? '') as ChildTask
const store = await openStore(url as StoreUrl)
const queue = await store.queue<number>(name, { lease, backoff: () => 10, maxAttempts: 100 })

async function put(): Promise<never> {
  const sender = queue.sender()
  for (let next = first; ; next += 10) {
    const bodies = Array.from({ length: 10 }, (_, i) => next + i)
    await sender.put(bodies.map((body) => ({ body })))
    process.stdout.write(bodies.map((body) => `put ${body}\n`).join(''))
    if (pauseMs > 0) await wait(pauseMs)
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
