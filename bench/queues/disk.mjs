// 1 KB messages, 256 at a time, durable before the put resolves and before an ack does: our disk queue against
// the same engine used plainly, one value a message, as a job table in LMDB would be.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const MESSAGES = 40_000
const BATCH = 256
const body = 'x'.repeat(1000)

const timed = async (publish, consume) => {
  const start = performance.now()
  await publish()
  const published = performance.now()
  const seen = await consume()
  return { seen, publishMs: published - start, consumeMs: performance.now() - published }
}

const inFolder = async (work) => {
  const folder = mkdtempSync(join(tmpdir(), 'forebay-bench-'))
  try {
    return await work(folder)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

const contenders = {
  forebay: async () => {
    const { openStore } = await import('@forebay/connectors')
    return {
      run: () =>
        inFolder(async (folder) => {
          const store = await openStore(`disk:${folder}`)
          const queue = await store.queue('bench')
          const sender = queue.sender()
          const receiver = queue.receiver({ prefetch: BATCH * 2 })
          const result = await timed(
            async () => {
              for (let i = 0; i < MESSAGES; i += BATCH) {
                await sender.put(Array.from({ length: Math.min(BATCH, MESSAGES - i) }, () => ({ body })))
              }
            },
            async () => {
              let seen = 0
              while (seen < MESSAGES) {
                const deliveries = await receiver.batch(BATCH, 0)
                await receiver.ackAll(deliveries)
                seen += deliveries.length
              }
              return seen
            },
          )
          await store.close()
          return result
        }),
    }
  },
  'lmdb, one value a message': async () => {
    const { open } = await import('lmdb')
    return {
      run: () =>
        inFolder(async (folder) => {
          const db = open({ path: join(folder, 'plain.mdb') })
          const result = await timed(
            async () => {
              for (let i = 0; i < MESSAGES; i += BATCH) {
                const end = Math.min(MESSAGES, i + BATCH)
                for (let key = i; key < end; key++) void db.put(key, { body })
                await db.flushed
              }
            },
            async () => {
              let seen = 0
              while (seen < MESSAGES) {
                const batch = [...db.getRange({ limit: BATCH })]
                for (const { key } of batch) void db.remove(key)
                await db.flushed
                seen += batch.length
              }
              return seen
            },
          )
          await db.close()
          return result
        }),
    }
  },
}

export default {
  area: 'queues',
  name: 'publish 256 and consume 256, 1 KB, durable',
  metric: 'µs/message, both ways',
  items: MESSAGES,
  warmups: 1,
  rounds: 3,
  turns: 3,
  figure: ({ publishMs, consumeMs }) => ((publishMs + consumeMs) * 1000) / MESSAGES,
  expected: MESSAGES,
  answer: ({ seen }) => seen,
  contenders,
  goals: { 'lmdb, one value a message': { goal: 1 } },
}
