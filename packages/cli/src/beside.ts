import type { Command, Pane } from '@forebay/console'
import type { Gate } from 'forebay'

/** What plays beside a flow: the export `beside` of its file. Everything is optional. */
export interface Beside {
  /** Panes for the console, such as a twin that does the same work without backpressure. */
  panes?(): readonly Pane[]
  /** Notes for the log and the console, as they come; returns the way to stop listening. */
  onNote?(listener: (note: string) => void): () => void
  /** The run drains: whatever plays a script stops it. */
  drain?(): void
  /** What has died with an error so far, a line each: the run ends with exit code 1. */
  failures?(): readonly string[]
  /** Gates of the flow that are observed while it runs: who asks, and what they decide and why, in console and metrics. */
  readonly gates?: readonly Gate[]
  /** What the console offers to do, with `--allow-commands`. */
  readonly commands?: readonly Command[]
}
