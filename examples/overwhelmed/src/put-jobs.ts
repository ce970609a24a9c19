import type { Grant, PutResult, Sender } from 'forebay/queue'
import type { Job } from './jobs.ts'
import type { Meter } from './meter.ts'

/** Puts jobs, and counts those that the store has confirmed: from then on they are in the queue, until they are done. */
export async function putJobs(
  sender: Sender<Job>,
  jobs: readonly Job[],
  meter: Meter,
  options: { grant?: Grant } = {},
): Promise<PutResult[]> {
  const results = await sender.put(
    jobs.map((body) => ({ body })),
    options,
  )
  meter.stored(jobs.filter((_, index) => results[index]?.status === 'stored'))
  return results
}
