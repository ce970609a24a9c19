import type { Duration } from 'forebay'
import type { Rate } from './rate.ts'

/** How important a request is; 0 is the most important. */
export type LoadLevel = 0 | 1 | 2 | 3

/** What is sent to one address, when, by whom; what a client does with the answers. */
export interface LoadPlan {
  /** Address of the service, `http:` or `https:`; a path and a query in it are used where a request has none. */
  url: string
  /** One after another. */
  phases: readonly LoadPhase[]
  /** Sent before the first phase, at its first rate, and counted nowhere; default 0. */
  warmUp?: Duration
  /**
   * `random` (default): independent of each other (Poisson), as many users are; `even`: like a clock. Which request
   * comes when is decided before the first one is sent, and no answer changes it.
   */
  arrivals?: 'random' | 'even'
  /** The same seed gives the same schedule; default 1. */
  seed?: number
  /** What is sent; default one GET of the address. */
  requests?: readonly LoadRequest[]
  /** Who sends: a share of all requests each, at most 64. Default one nameless sender. */
  tenants?: Readonly<Record<string, number | LoadTenant>>
  /** The header that carries the key of a tenant; default `x-tenant`. */
  tenantHeader?: string
  /** Shares of the levels; default none, and no header. */
  levels?: Readonly<Partial<Record<LoadLevel, number>>>
  /** A client gives up so long after the scheduled instant; what is left of it is sent along. Default never. */
  deadline?: Duration
  /** Whether a client waits beyond its deadline; what comes then is late. Default false. */
  waitForLate?: boolean
  /** One attempt is given up after this; default 30 s. */
  timeout?: Duration
  /** Default: nothing is tried again. */
  retry?: LoadRetry
  /** Whether a tenant that was told `Retry-After` sends nothing until then; what it would have sent is counted. Default false. */
  obey?: boolean
  /** Connections, each with one request at a time; default 256. */
  connections?: number
  /** Requests that have begun and have no answer yet, those that wait for their next try too; default four per connection. */
  inFlight?: number
  /** Whether an address that is not of this machine is loaded; default false. */
  allowRemote?: boolean
}

/** A stretch of time with one rate, or one that changes evenly. */
export interface LoadPhase {
  /** Default its number, from 1. */
  name?: string
  for: Duration
  rate: Rate
  /** The rate at its end, reached evenly; default the same. */
  to?: Rate
  /** So many more at one instant, again and again, the first time at its beginning. */
  burst?: { every: Duration; size: number }
  /** Shares of the tenants in this phase; default those of the plan. */
  tenants?: Readonly<Record<string, number>>
}

/** Somebody who sends. */
export interface LoadTenant {
  /** Relative to the others. */
  share: number
  /** What the header carries; default the name. */
  key?: string
  headers?: Readonly<Record<string, string>>
  /** Where it sends to, as `http://127.0.0.1:8081`; default where the address of the plan is. */
  origin?: string
}

/** Something that is sent. */
export interface LoadRequest {
  /** Relative to the others; default 1. */
  share?: number
  /** Default `GET`, with a body `POST`. */
  method?: string
  /** Default that of the address. */
  path?: string
  headers?: Readonly<Record<string, string>>
  body?: string
}

/** What a client does after 429, 502, 503, 504, a broken connection, or an attempt that took too long. */
export interface LoadRetry {
  /** Tries after the first. */
  max: number
  /**
   * `budget` (default): pauses that grow and are drawn at random, and in all at most one retry in ten first tries (and
   * three a second); `naive`: a short pause, every time, whatever the others do.
   */
  policy?: 'budget' | 'naive'
  /** The longest pause before the first retry; default 50 ms. */
  base?: Duration
}
