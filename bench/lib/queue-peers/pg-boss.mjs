import PgBoss from 'pg-boss'
import { inPairs, payloadOf } from './job.mjs'

/** `insert`, `fetch` and `complete` of whole batches. */
export async function open({ url }) {
  const boss = new PgBoss({ connectionString: url, supervise: false, schedule: false })
  boss.on('error', (error) => process.stderr.write(`pg-boss: ${error.message}\n`))
  await boss.start()
  await boss.createQueue('jobs')
  return {
    put: (bodies) => boss.insert(bodies.map((body) => ({ name: 'jobs', data: payloadOf(body) }))),
    drain: (count, batch, saw) =>
      inPairs(count, async () => {
        const jobs = await boss.fetch('jobs', { batchSize: batch })
        for (const { data } of jobs) saw(data.id)
        if (jobs.length === 0) return { took: 0 }
        return {
          took: jobs.length,
          acked: boss.complete(
            'jobs',
            jobs.map(({ id }) => id),
          ),
        }
      }),
    close: () => boss.stop({ graceful: false }),
  }
}
