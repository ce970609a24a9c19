import type { Sampler } from 'forebay/observe'

/**
 * What the console shows: a sampler, and whatever is to be shown beside its flows. It only reads: stages, edges and
 * gates keep their places in a snapshot's arrays while a run lasts, and what is kept is bounded by the sampler.
 */
export interface ConsoleSource extends Pick<Sampler, 'snapshots' | 'why' | 'subscribe' | 'history' | 'marks'> {
  /** What an autoscaler is told at /scale/<flow>; nothing is said without it. */
  scale?: Sampler['scale']
  /** Things beside the flows, such as a twin that does the same work without backpressure. */
  extra?(): readonly Pane[]
}

/** The state of a process beside the flows: the twin. */
export interface Pane {
  readonly title: string
  readonly state: 'alive' | 'dead'
  readonly heapMb: number
  readonly limitMb: number
  readonly error?: string
  readonly sentence: string
}
