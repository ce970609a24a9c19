import { rate } from 'forebay'
import type { Caps, PutResult, Queue, QueueOptions, Sender } from 'forebay/queue'
import { elastic } from 'forebay/workers'
import { clientOnCredit, obedientClient } from './client.ts'
import { creditDoor, refusingDoor, type Door } from './door.ts'
import { droppingBuffer, droppingQueue } from './dropping.ts'
import { arrivals, type Job } from './jobs.ts'
import type { Meter } from './meter.ts'
import { putJobs } from './put-jobs.ts'
import { BOUND, JOBS, WORKERS } from './settings.ts'
import { startCrew, type Crew } from './workers.ts'

/** A way to live with more jobs than the workers can do. */
export interface Strategy {
  readonly name: string
  readonly queue: QueueOptions<Job>
  /** Offers all jobs. */
  offer(queue: Queue<Job>, meter: Meter): Promise<void>
  /** Default: four workers. */
  work?(queue: Queue<Job>, meter: Meter): Crew
}

/** All of them, as a store with these abilities can play them. */
export function strategiesFor({ overflow }: Caps): readonly Strategy[] {
  return [
    { name: 'no bound', queue: {}, offer: offerAll },
    { name: 'bounded buffer', queue: { maxItems: BOUND }, offer: offerInTurn },
    { name: 'throttled producer', queue: { maxItems: BOUND }, offer: offerThrottled },
    { name: 'scaled consumers', queue: {}, offer: offerAll, work: scaledCrew },
    overflow.includes('drop-newest') ? droppingQueue : droppingBuffer,
    {
      name: '429 and Retry-After',
      queue: { maxItems: BOUND, overflow: 'reject' },
      offer: (queue, meter) => overHttp(queue, meter, refusingDoor, obedientClient),
    },
    {
      name: 'credit over HTTP',
      queue: { maxItems: BOUND },
      offer: (queue, meter) => overHttp(queue, meter, creditDoor, clientOnCredit),
    },
  ]
}

/** The producer does not care: it puts whatever comes, and the queue takes it. */
async function offerAll(queue: Queue<Job>, meter: Meter): Promise<void> {
  const sender = queue.sender()
  const underWay: Promise<PutResult[]>[] = [] // bounded by the jobs of one play
  for await (const jobs of arrivals()) {
    meter.offered += jobs.length
    underWay.push(putJobs(sender, jobs, meter))
  }
  await Promise.all(underWay)
}

/** The producer can wait, as one that reads a file can: it takes the next jobs when the queue had room for the last. */
async function offerInTurn(queue: Queue<Job>, meter: Meter): Promise<void> {
  const sender = queue.sender()
  for await (const jobs of arrivals()) {
    meter.offered += jobs.length
    await putJobs(sender, jobs, meter)
  }
}

/** The producer knows what the workers can do on a bad day, and keeps to less; half of the jobs are enough to see it. */
async function offerThrottled(queue: Queue<Job>, meter: Meter): Promise<void> {
  const gate = rate('60/s')
  const sender = queue.sender()
  for await (const jobs of arrivals(JOBS / 2)) {
    meter.offered += jobs.length
    for (const job of jobs) {
      await gate.acquire() // jobs get older here, too
      await putJobs(sender, [job], meter)
    }
  }
}

/** As many workers as it takes, at most four times as many. */
function scaledCrew(queue: Queue<Job>, meter: Meter): Crew {
  return startCrew(queue, meter, elastic({ min: WORKERS, max: 4 * WORKERS, every: '200ms', cooldown: '1s' }))
}

/** The producer is somebody else, over HTTP, and is told how much there may be. */
async function overHttp(
  queue: Queue<Job>,
  meter: Meter,
  open: (sender: Sender<Job>, meter: Meter) => Promise<Door>,
  send: (url: string, jobs: AsyncIterable<Job[]>, meter: Meter) => Promise<void>,
): Promise<void> {
  const door = await open(queue.sender(), meter)
  try {
    await send(door.url, arrivals(), meter)
  } finally {
    await door.close()
  }
}
