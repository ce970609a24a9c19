import { systemClock, type Clock } from '../kernel/clock.ts'
import { milliseconds, type Duration } from '../kernel/duration.ts'
import type { Run } from '../kernel/run.ts'

export interface DrainOnSignalOptions {
  /** Default `SIGINT` and `SIGTERM`. */
  signals?: readonly NodeJS.Signals[]
  /** How long draining may take; see `run.drain`. Default: as long as it needs. */
  within?: Duration
  /**
   * A signal that comes sooner after the first one is the same one, told twice: a terminal tells every process of its
   * group, and a parent such as `npm run` tells its child once more. Default 250 ms.
   */
  apart?: Duration
  /** Where the time between two signals comes from; default the runtime's clock. */
  clock?: Clock
  /** Told what happens, for a line on standard error. */
  onSignal?: (action: 'drain' | 'abort', signal: NodeJS.Signals) => void
}

/**
 * The first signal drains the run: sources end and everything flows out. A second one, at least `apart` later, cancels
 * it. Listens until the run is over; returns the way to stop earlier.
 */
export function drainOnSignal(run: Run<unknown>, options: DrainOnSignalOptions = {}): () => void {
  const { signals = ['SIGINT', 'SIGTERM'], within, onSignal, clock = systemClock } = options
  const apartMs = options.apart === undefined ? 250 : milliseconds('apart', options.apart)
  let isDraining = false
  let since = 0
  const listen = (signal: NodeJS.Signals): void => {
    if (isDraining && clock.now() - since < apartMs) return
    onSignal?.(isDraining ? 'abort' : 'drain', signal)
    if (isDraining) return run.cancel(signal)
    isDraining = true
    since = clock.now()
    void run.drain(within === undefined ? {} : { within })
  }
  const stop = (): void => {
    for (const signal of signals) process.off(signal, listen)
  }
  for (const signal of signals) process.on(signal, listen)
  run.done.then(stop, stop)
  return stop
}
