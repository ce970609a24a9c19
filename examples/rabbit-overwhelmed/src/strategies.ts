import { limit, rate } from 'forebay'
import type { PutResult, Queue, QueueOptions } from 'forebay/queue'
import { deliver, openDoor } from './door.ts'
import { DropAlert } from './drop-alert.ts'
import { arrivals, type Job } from './jobs.ts'
import type { Meter } from './meter.ts'
import { BOUND, WORKERS } from './settings.ts'
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

export const strategies: readonly Strategy[] = [
  { name: 'no bound', queue: {}, offer: offerAll },
  { name: 'bounded buffer', queue: { maxItems: BOUND }, offer: offerInTurn },
  { name: 'throttled producer', queue: { maxItems: BOUND }, offer: offerThrottled },
  { name: 'scaled consumers', queue: {}, offer: offerAll, work: scaledCrew },
  { name: 'dropping, with an alert', queue: { maxItems: BOUND, overflow: 'drop-newest' }, offer: offerAndDrop },
  { name: '429 and Retry-After', queue: { maxItems: BOUND, overflow: 'reject' }, offer: offerOverHttp },
]

/** The producer does not care: it puts whatever comes, and the queue takes it. */
async function offerAll(queue: Queue<Job>, meter: Meter): Promise<void> {
  const sender = queue.sender()
  const underWay: Promise<PutResult[]>[] = [] // bounded by the jobs of one play
  for await (const jobs of arrivals()) {
    meter.offered += jobs.length
    underWay.push(sender.put(jobs.map((body) => ({ body }))))
  }
  await Promise.all(underWay)
}

/** The producer can wait, as one that reads a file can: it takes the next jobs when the queue had room for the last. */
async function offerInTurn(queue: Queue<Job>, meter: Meter): Promise<void> {
  const sender = queue.sender()
  for await (const jobs of arrivals()) {
    meter.offered += jobs.length
    await sender.put(jobs.map((body) => ({ body })))
  }
}

/** The producer knows what the workers can do, and keeps to less. */
async function offerThrottled(queue: Queue<Job>, meter: Meter): Promise<void> {
  const gate = rate('100/s')
  const sender = queue.sender()
  for await (const jobs of arrivals()) {
    const bodies: Job[] = []
    for (const job of jobs) {
      await gate.acquire()
      bodies.push({ ...job, bornAt: Date.now() }) // it is made when it may be
    }
    meter.offered += bodies.length
    await sender.put(bodies.map((body) => ({ body })))
  }
}

/** Ten times a second, as many workers as it takes to have done in half a second what waits; at most four times as many. */
function scaledCrew(queue: Queue<Job>, meter: Meter): Crew {
  const gate = limit(WORKERS)
  const crew = startCrew(queue, meter, { concurrency: 4 * WORKERS, gate })
  const timer = setInterval(() => {
    const { ready } = queue.stats()
    gate.set({ limit: Math.min(4 * WORKERS, Math.max(WORKERS, Math.ceil((ready / BOUND) * WORKERS))) })
  }, 100)
  return {
    run: crew.run,
    stop: async () => {
      clearInterval(timer)
      await crew.stop()
    },
  }
}

/** What has no room is dropped and counted, and somebody hears of it. */
async function offerAndDrop(queue: Queue<Job>, meter: Meter): Promise<void> {
  const sender = queue.sender()
  const alert = new DropAlert({ share: 0.05, everyMs: 1000, tell: () => meter.alerts++ })
  const underWay: Promise<void>[] = [] // bounded by the jobs of one play
  for await (const jobs of arrivals()) {
    meter.offered += jobs.length
    const put = sender.put(jobs.map((body) => ({ body }))).then((results) => {
      const dropped = results.filter(({ status }) => status === 'dropped').length
      meter.dropped += dropped
      alert.count(results.length, dropped)
    })
    underWay.push(put)
  }
  await Promise.all(underWay)
}

/** The producer is somebody else, over HTTP: it is told when to come back. */
async function offerOverHttp(queue: Queue<Job>, meter: Meter): Promise<void> {
  const door = await openDoor(queue.sender())
  try {
    for await (const jobs of arrivals()) {
      meter.offered += jobs.length
      await deliver(door.url, jobs, meter)
    }
  } finally {
    await door.close()
  }
}
