import { setTimeout as sleep } from 'node:timers/promises'
import { flow, type Gate, type Run } from 'forebay'
import type { Queue } from 'forebay/queue'
import type { Job } from './jobs.ts'
import type { Meter } from './meter.ts'
import { WORK_MS, WORKERS } from './settings.ts'

/** Work on the queue: as many jobs at once as `concurrency` allows, and the gate lets in. */
export interface Crew {
  readonly run: Run
  stop(): Promise<void>
}

export function startCrew(
  queue: Queue<Job>,
  meter: Meter,
  options: { readonly concurrency?: number; readonly gate?: Gate } = {},
): Crew {
  const { concurrency = WORKERS, gate } = options
  // Nobody is given more than is being worked on and as much again: the rest waits where its bound is.
  const receiver = queue.receiver({ prefetch: 2 * concurrency })
  const run = flow(receiver)
    .mapAsync(
      async (delivery) => {
        await sleep(WORK_MS)
        meter.finished(delivery.body)
        await delivery.ack()
      },
      { concurrency, ...(gate !== undefined && { gate }) },
    )
    .to(() => {})
    .run()
  return {
    run,
    stop: async () => {
      await receiver.close({ drainMs: 1000 })
      await run.done
    },
  }
}
