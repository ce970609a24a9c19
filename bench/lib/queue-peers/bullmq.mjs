import { Queue, Worker } from 'bullmq'
import { payloadOf } from './job.mjs'

const CONCURRENCY = 100

/** On the same server as the streams; 100 jobs at once, nothing kept of what is done. A worker connects before the clock starts. */
export async function open({ url }) {
  const { hostname, port } = new URL(url)
  const connection = { host: hostname, port: Number(port), maxRetriesPerRequest: null }
  const queue = new Queue('bull', { connection, defaultJobOptions: { removeOnComplete: true } })
  await queue.waitUntilReady()
  return {
    put: (bodies) => queue.addBulk(bodies.map((body) => ({ name: 'job', data: payloadOf(body) }))),
    attach: async () => {
      let saw
      const options = { connection, concurrency: CONCURRENCY, autorun: false }
      const worker = new Worker('bull', async (job) => saw(job.data.id), options)
      await worker.waitUntilReady()
      return { worker, into: (sink) => (saw = sink) }
    },
    drain: async (count, _, saw, { worker, into }) => {
      let left = count
      into(saw)
      const over = new Promise((resolve, reject) => {
        worker.on('completed', () => --left === 0 && resolve())
        worker.on('error', reject)
      })
      worker.run().catch(() => undefined)
      await over
      return () => worker.close()
    },
    close: () => queue.close(),
  }
}
