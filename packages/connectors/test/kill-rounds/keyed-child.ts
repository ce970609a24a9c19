import type { Duration } from 'forebay'
import { openStore, type StoreUrl } from '../../src/open-store.ts'

/**
 * Takes messages with keys from a queue of a broker until it is killed, fails some of them, and says on standard output
 * when it got which, in the nanoseconds of a clock that all processes share: `got 1234567 k3 17 1` (key, body, attempt),
 * `ack 17`, `nack 17`. Usage: keyed-child.ts URL QUEUE LEASE
 */
const [url, name = '', lease = '30s'] = process.argv.slice(2)
const store = await openStore(url as StoreUrl)
const queue = await store.queue<number>(name, { backoff: () => 30, maxAttempts: 1000, lease: lease as Duration })

const receiver = queue.receiver({ prefetch: 20 })
receiver.onDelivery((deliveries) => {
  for (const delivery of deliveries) {
    const { key, body, attempt } = delivery
    process.stdout.write(`got ${process.hrtime.bigint()} ${key} ${body} ${attempt}\n`)
    const isGood = (body + attempt) % 4 !== 0
    const end = isGood ? delivery.ack() : delivery.nack()
    end.then(
      () => process.stdout.write(`${isGood ? 'ack' : 'nack'} ${body}\n`),
      () => process.stdout.write(`lost ${body}\n`),
    )
    void end.catch(() => undefined).then(() => receiver.grant(1))
  }
})
receiver.grant(20)
