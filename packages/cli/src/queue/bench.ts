import { bytesCodec, type Store } from 'forebay/queue'

export interface BenchOptions {
  readonly forMs: number
  readonly bytes: number
  readonly batch: number
}

/** Messages and acks a second that one process gets out of a store. */
export interface BenchResult {
  readonly store: string
  readonly durability: string
  readonly bytes: number
  readonly batch: number
  readonly published: number
  readonly publishedPerSecond: number
  /** Of one put of a whole batch, ms. */
  readonly putP50: number
  readonly putP99: number
  readonly consumed: number
  readonly consumedPerSecond: number
}

/** The queue that `bench` uses; it is emptied before and after. */
const BENCH_QUEUE = 'forebay-bench'

/** Puts batches one after another for half of the time, then takes and acknowledges them for the other half. */
export async function bench(store: Store, { forMs, bytes, batch }: BenchOptions): Promise<BenchResult> {
  const queue = await store.queue(BENCH_QUEUE, { codec: bytesCodec, dedupe: false })
  await queue.purge()
  const sender = queue.sender()
  const receiver = queue.receiver({ prefetch: 4 * batch })
  const items = Array.from({ length: batch }, () => ({ body: new Uint8Array(bytes).fill(120) }))
  const puts: number[] = [] // one a put: bounded by the time
  const start = performance.now()
  let now = start
  while (now - start < forMs / 2 && queue.stats().bytes < queue.maxBytes / 2) {
    await sender.put(items)
    const ended = performance.now()
    puts.push(ended - now)
    now = ended
  }
  const published = puts.length * batch
  const publishing = now - start
  let consumed = 0
  const begun = performance.now()
  while (consumed < published && performance.now() - begun < forMs / 2) {
    const deliveries = await receiver.batch(batch, 1000)
    if (deliveries.length === 0) break
    await receiver.ackAll(deliveries)
    consumed += deliveries.length
  }
  const consuming = performance.now() - begun
  await receiver.close()
  await queue.purge()
  await queue.close()
  const sorted = puts.toSorted((a, b) => a - b)
  return {
    store: store.url,
    durability: store.caps.durability,
    bytes,
    batch,
    published,
    publishedPerSecond: Math.round((published * 1000) / publishing),
    putP50: sorted[Math.floor(sorted.length / 2)] ?? 0,
    putP99: sorted[Math.floor(sorted.length * 0.99)] ?? 0,
    consumed,
    consumedPerSecond: Math.round((consumed * 1000) / consuming),
  }
}
