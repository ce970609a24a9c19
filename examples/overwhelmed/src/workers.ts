import { setTimeout as sleep } from 'node:timers/promises'
import { flow } from 'forebay'
import { mapAsyncElastic } from 'forebay/operators'
import type { Delivery, Queue } from 'forebay/queue'
import type { Elastic } from 'forebay/workers'
import type { Job } from './jobs.ts'
import type { Meter } from './meter.ts'
import { OUT, WORK_MS, WORKERS } from './settings.ts'

/** Work on a queue. */
export interface Crew {
  stop(): Promise<void>
}

/** Four workers, or as many as `elastic` finds that are needed. */
export function startCrew(queue: Queue<Job>, meter: Meter, elastic?: Elastic): Crew {
  // Nobody is given more than is being worked on and as much again: the rest waits where its bound is.
  const receiver = queue.receiver({ prefetch: elastic === undefined ? OUT : 2 * elastic.max })
  const work = async (delivery: Delivery<Job>): Promise<void> => {
    await sleep(WORK_MS)
    meter.finished(delivery.body)
    await delivery.ack()
  }
  const deliveries = flow(receiver)
  const done =
    elastic === undefined
      ? deliveries.mapAsync(work, { concurrency: WORKERS }).drain()
      : deliveries.via(mapAsyncElastic(work, { concurrency: elastic })).drain()
  return {
    stop: async () => {
      await receiver.close({ drainMs: 1000 })
      await done
    },
  }
}
