import type { Duration } from '../kernel/duration.ts'
import type { Run } from '../kernel/run.ts'

export interface DrainOnSignalOptions {
  /** Default `SIGINT` and `SIGTERM`. */
  signals?: readonly NodeJS.Signals[]
  /** How long draining may take; see `run.drain`. Default: as long as it needs. */
  within?: Duration
  /** Told what happens, for a line on standard error. */
  onSignal?: (action: 'drain' | 'abort', signal: NodeJS.Signals) => void
}

/**
 * The first signal drains the run: sources end and everything flows out. The second one cancels it. Listens
 * until the run is over; returns the way to stop earlier.
 */
export function drainOnSignal(run: Run<unknown>, options: DrainOnSignalOptions = {}): () => void {
  const { signals = ['SIGINT', 'SIGTERM'], within, onSignal } = options
  let isDraining = false
  const listen = (signal: NodeJS.Signals): void => {
    onSignal?.(isDraining ? 'abort' : 'drain', signal)
    if (isDraining) return run.cancel(signal)
    isDraining = true
    void run.drain(within === undefined ? {} : { within })
  }
  const stop = (): void => {
    for (const signal of signals) process.off(signal, listen)
  }
  for (const signal of signals) process.on(signal, listen)
  run.done.then(stop, stop)
  return stop
}
