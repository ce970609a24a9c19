// Jobs of 1 KB through a disk queue to a sink: acknowledged when the sink has taken them, against already when they are
// handed out, so that a crash loses what the flow holds.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { job } from '../lib/job-tables.mjs'

const JOBS = 20_480
const BATCH = 256
/** Unsettled at once. */
const PREFETCH = 1024

const priceOf = ({ lines }) => lines.reduce((sum, { price }) => sum + price, 0)

/** A fresh store for each run, and the sum that came to the sink. */
const contender = (run) => async () => {
  const { openStore } = await import('@forebay/connectors')
  return {
    run: async () => {
      const folder = mkdtempSync(join(tmpdir(), 'forebay-bench-'))
      const store = await openStore(`disk:${folder}`)
      let sum = 0
      try {
        await run(store, (price) => {
          sum += price
        })
      } finally {
        await store.close()
        rmSync(folder, { recursive: true, force: true })
      }
      return Math.round(sum)
    },
  }
}

const atTheEnd = contender(async (store, sink) => {
  const { flow } = await import('forebay')
  const { durableStore } = await import('forebay/queue')
  const program = flow.range(0, JOBS - 1).map(job).durable('jobs', { prefetch: PREFETCH }).map(priceOf).to(sink)
  await program.run({ store: durableStore(store) }).done
})

const onReceipt = contender(async (store, sink) => {
  const { flow } = await import('forebay')
  const queue = await store.queue('jobs', { dedupe: false })
  const sender = queue.sender()
  const receiver = queue.receiver({ prefetch: PREFETCH })
  async function* received() {
    let acked
    for (let left = JOBS; left > 0;) {
      const deliveries = await receiver.batch(Math.min(BATCH, left), 5)
      await acked
      acked = receiver.ackAll(deliveries)
      left -= deliveries.length
      yield deliveries.map(({ body }) => body)
    }
    await acked
  }
  const put = (batch) => sender.put(batch.map((body) => ({ body })))
  const puts = flow.range(0, JOBS - 1).map(job).batch(BATCH).forEach(put)
  const takes = flow(received())
    .flatMap((batch) => batch)
    .map(priceOf)
    .forEach(sink)
  await Promise.all([puts, takes])
})

let expected = 0
for (let id = 0; id < JOBS; id++) expected += priceOf(job(id))

export default {
  area: 'queues',
  name: 'jobs of 1 KB through a flow with the disk queue in it, acknowledged end to end',
  metric: 'ns of CPU a job',
  items: JOBS,
  warmups: 2,
  rounds: 5,
  turns: 3,
  answer: (value) => value,
  expected: Math.round(expected),
  atMost: true,
  contenders: { 'end to end': atTheEnd, 'acknowledged on receipt': onReceipt },
  goals: { 'acknowledged on receipt': { goal: 1.3, about: '≤ 1.3' } },
}
