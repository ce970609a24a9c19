import type { Transport } from '@forebay/cli/load'
import type { Clock } from 'forebay'
import type { Answer, B } from './b.ts'

/** What lies between A and B. */
export interface Network {
  readonly clock: Clock
  connect(b: B): Promise<Link>
  /** Lets time pass until `played` is over. */
  pass<T>(played: Promise<T>): Promise<T>
}

/** A's way to one B. */
export interface Link {
  /** One request. */
  send(): Promise<Answer>
  /** For requests on a schedule. */
  readonly url: string
  readonly transport: Transport | undefined
  close(): Promise<void>
}
