import type { BoundedEdge } from './bounded-edge.ts'
import type { Overflow } from './overflow.ts'
import type { RunEnvironment } from './run-environment.ts'

/** A bounded edge as plan data. */
export interface EdgeOptions {
  readonly name: string
  readonly items: number
  /** Bytes it may hold; `Infinity` when it is bounded by items alone. One item may overshoot. */
  readonly bytes: number
  readonly overflow: Overflow
  /** Key of an item, for `latest`. */
  readonly key: ((value: any) => unknown) | undefined
  /** Level of an item, for `drop-lowest`; default: the level in its context, else 1. */
  readonly level: ((value: any) => number) | undefined
  /** For `sample`: 1 in so many arriving items is kept while the edge is full. */
  readonly every: number
  readonly sizeOf: ((value: any) => number) | undefined
  /** Items reach the consumer only in a later turn of the event loop. */
  readonly deferred: boolean
  /** Discards what is held as soon as upstream fails, instead of draining first. */
  readonly failFast: boolean
  readonly onDrop: ((value: any, reason: string) => void) | undefined
  /** How old an item may get in it; default as old as it likes. */
  readonly ttl?: Ttl | undefined
}

/** A limit of age, with the edge that keeps it: a flow that has none does not carry the code. */
export interface Ttl {
  readonly ms: number
  edge(options: EdgeOptions, env: RunEnvironment): BoundedEdge
}

/** What became of an item that was offered to an edge. */
export type Offered = 'accepted' | 'dropped' | 'closed'
