/** Jobs that come in a second, and how many come in all. */
export const ARRIVALS = 400
export const JOBS = 800

/** What a job takes, and how many are worked on at once: 200 a second at most, and less for the acknowledgements. */
export const WORK_MS = 20
export const WORKERS = 4
/** Jobs that workers may have, those they work on included. */
export const OUT: number = 2 * WORKERS

/** Jobs that may be in the queue where it is bounded: half a second of work. */
export const BOUND = 100
/** Jobs in one put, at most. */
export const MOST_PUT: number = BOUND / 4
