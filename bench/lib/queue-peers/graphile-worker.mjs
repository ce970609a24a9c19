import { Logger, makeWorkerUtils, runOnce, runMigrations } from 'graphile-worker'
import pg from 'pg'
import { payloadOf } from './job.mjs'

const CONCURRENCY = 24

/**
 * `addJobs`, then 24 jobs at once, fetched 500 at a time and completed in batches. Its workers begin within a drain, as our
 * receiver does, on connections that are kept.
 */
export async function open({ url }) {
  const pgPool = new pg.Pool({ connectionString: url, max: CONCURRENCY + 2, idleTimeoutMillis: 0 })
  pgPool.on('error', (error) => process.stderr.write(`graphile-worker: ${error.message}\n`))
  pgPool.on('connect', (client) => client.on('error', () => undefined))
  const logger = new Logger(() => () => undefined)
  await runMigrations({ pgPool, logger })
  const utils = await makeWorkerUtils({ pgPool, logger })
  const worker = { concurrentJobs: CONCURRENCY, localQueue: { size: 500 }, completeJobBatchDelay: 0, failJobBatchDelay: 0 }
  return {
    put: (bodies) => utils.addJobs(bodies.map((body) => ({ identifier: 'job', payload: payloadOf(body) }))),
    drain: (_, __, saw) =>
      runOnce({
        pgPool,
        logger,
        noHandleSignals: true,
        taskList: { job: (payload) => saw(payload.id) },
        preset: { worker },
      }),
    close: async () => {
      await utils.release()
      await pgPool.end()
    },
  }
}
