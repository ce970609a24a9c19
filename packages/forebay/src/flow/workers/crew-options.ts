import { checkInteger } from '../../kernel/check.ts'
import { milliseconds, type Duration } from '../../kernel/duration.ts'
import { workOptions, type Work } from '../work-options.ts'

/** Options of work that is done by workers. */
export interface CrewOptions<A> {
  /** Items sent to a worker at once, at most; default 128. Fewer are sent while work is slow: about 4 ms worth of it. */
  items?: number
  /** Parcels of items that a worker may have; default 2, so that it does not wait for the next one. */
  window?: number
  /** Items that one worker works on at once, for functions that wait; default 1. */
  perWorker?: number
  /** `input` (default): results leave in the order of their items; `completion`: as they come. */
  order?: 'input' | 'completion'
  /**
   * Ends the work on an item with `FOREBAY_TIMEOUT`. A worker whose event loop does not turn any more is replaced, and
   * what it had is tried again.
   */
  timeout?: Duration
  /** How often an item is tried again whose worker has died or hung; default 2. After the first time it has a worker to itself. */
  retry?: number
  /** How long a worker may take until it is ready; default 30 s. */
  startWithin?: Duration
  /**
   * What an item does whose function has thrown, or whose workers have died: `stop` (default) fails the flow; `resume`
   * drops the item with the reason `error`; `dead-letter` hands it to its durable edge, else to `run({ deadLetter })`.
   */
  onError?: 'stop' | 'resume' | 'dead-letter'
  /** What an item is called in errors; default nothing. */
  key?: (item: A) => string
  name?: string
}

/** The same, validated and complete. */
export interface CrewWork extends Work<any> {
  readonly items: number
  readonly perWorker: number
  /** Items that one worker may have when as many go at once. */
  share(items: number): number
  readonly startMs: number
}

/** The longest time a timer of every runtime can take, ms. */
const LONGEST_MS = 0x7fffffff

export function crewOptions<A>(kind: string, workers: number, options: CrewOptions<A>): CrewWork {
  const { items = 128, window = 2, perWorker = 1, retry = 2, startWithin = '30s', order, ...rest } = options
  checkInteger('items', items, 1, 65_536)
  checkInteger('window', window, 1, 64)
  checkInteger('perWorker', perWorker, 1, 65_536)
  checkInteger('retry', retry, 0, 1000)
  if (order !== undefined && order !== 'input' && order !== 'completion') {
    throw new RangeError(`order: expected 'input' or 'completion', got ${String(order)}`)
  }
  const work = workOptions<A>(kind, { ...rest, ...(order !== undefined && { order }), concurrency: workers, retry })
  return {
    ...work,
    items,
    perWorker,
    share: (now) => window * Math.max(now, perWorker),
    startMs: Math.min(milliseconds('startWithin', startWithin), LONGEST_MS),
  }
}
