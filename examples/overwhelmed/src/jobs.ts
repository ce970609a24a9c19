import { setTimeout as sleep } from 'node:timers/promises'
import { ARRIVALS, JOBS } from './settings.ts'

export interface Job {
  readonly id: number
  /** When it came into being, Unix ms. */
  readonly bornAt: number
}

/** Id of the job that shows that consumers are there. */
export const WARM_UP = -1

const EVERY_MS = 25

/** Jobs as the world outside makes them, a few at a time. Whoever takes them late gets the next ones at once. */
export async function* arrivals(jobs: number = JOBS): AsyncGenerator<Job[]> {
  const size = (ARRIVALS * EVERY_MS) / 1000
  const start = Date.now()
  for (let first = 0; first < jobs; first += size) {
    const due = start + (1000 * first) / ARRIVALS
    if (due > Date.now()) await sleep(due - Date.now())
    yield Array.from({ length: size }, (_, i) => ({ id: first + i, bornAt: Date.now() }))
  }
}
