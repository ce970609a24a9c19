import type { Level } from '../../packages/forebay/src/kernel/gate.ts'
import { Latencies } from './latencies.ts'

/** Those who ask alike. */
export interface Client {
  readonly name: string
  /** Requests a second at a time, and until when that holds. */
  readonly rate: (now: number) => { readonly perSecond: number; readonly until: number }
  readonly level?: Level
  /** Which of the gates it asks at; default the first. */
  readonly gate?: number
  /** What it does when it is refused; default it goes away. */
  readonly retry?: Retry
}

export interface Retry {
  readonly max: number
  /** The mean pause, ms. */
  readonly pauseMs: number
  /** Retries that every first try pays for; default any number. */
  readonly budget?: number
}

/** What became of the requests of a client. */
export class ClientResult {
  asked = 0
  /** Tries, first ones included. */
  tries = 0
  inTime = 0
  /** Of those, how many were answered in the last quarter of the time. */
  lately = 0
  refused = 0
  readonly latencies = new Latencies()
}
