import { firehose } from 'forebay'
import type { PutResult, Queue } from 'forebay/queue'
import { DropAlert } from './drop-alert.ts'
import { arrivals, type Job } from './jobs.ts'
import type { Meter } from './meter.ts'
import { putJobs } from './put-jobs.ts'
import { BOUND } from './settings.ts'
import type { Strategy } from './strategies.ts'

const name = 'dropping, with an alert'

/** The broker's queue drops what has no room; every drop is counted, and somebody hears of it. */
export const droppingQueue: Strategy = {
  name,
  queue: { maxItems: BOUND, overflow: 'drop-newest' },
  offer: async (queue, meter) => {
    const sender = queue.sender()
    const alert = alertOf(meter)
    const underWay: Promise<void>[] = [] // bounded by the jobs of one play
    const count = (results: readonly PutResult[]): void => {
      const dropped = results.filter(({ status }) => status === 'dropped').length
      meter.dropped += dropped
      alert.count(results.length, dropped)
    }
    for await (const jobs of arrivals()) {
      meter.offered += jobs.length
      underWay.push(putJobs(sender, jobs, meter).then(count))
    }
    await Promise.all(underWay)
  },
}

/** A broker that can drop nothing that comes has a lossy buffer in front: half of what is held waits there. */
export const droppingBuffer: Strategy = { name, queue: { maxItems: BOUND / 2 }, offer: offerThroughBuffer }

async function offerThroughBuffer(queue: Queue<Job>, meter: Meter): Promise<void> {
  const sender = queue.sender()
  const alert = alertOf(meter)
  await firehose<Job>(async (emit) => {
    for await (const jobs of arrivals()) {
      const dropped = jobs.filter((job) => emit(job) === 'dropped').length
      meter.offered += jobs.length
      meter.dropped += dropped
      alert.count(jobs.length, dropped)
    }
    emit.end()
  })
    .buffer(BOUND / 2, 'drop-newest')
    .batch({ items: 25, within: '5ms' })
    .forEach(async (jobs) => void (await putJobs(sender, jobs, meter)))
}

function alertOf(meter: Meter): DropAlert {
  return new DropAlert({ share: 0.05, everyMs: 1000, tell: () => meter.alerts++ })
}
