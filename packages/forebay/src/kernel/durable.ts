import type { Context, Outcome } from './context.ts'
import type { Overflow } from './overflow.ts'
import type { Pull, Receiver, Upstream } from './receiver.ts'
import type { RunEnvironment, RunningEdge } from './run-environment.ts'
import type { StageAccount } from './stage-account.ts'

/** Options of an edge that outlives the process. */
export interface DurableOptions {
  /** What happens when it is full; default `backpressure`. The store says which policies it knows. */
  readonly overflow?: Overflow
  /** Messages and bytes it may hold, everything retained included. */
  readonly items?: number
  readonly bytes?: number
  /** Deliveries that may be unsettled at once; default 1024. */
  readonly prefetch?: number
  /** Puts that may wait for the disk at once; default 1024. */
  readonly window?: number
  readonly maxAttempts?: number
  /** Wait before attempt n is delivered, ms. */
  readonly backoff?: (attempt: number) => number
  /** How long a process that died, or whose loop hangs, keeps what it was handed, where others share the store; default 30 s. */
  readonly leaseMs?: number
  /** The key whose items keep their order, and are taken one at a time; `FOREBAY_UNSUPPORTED` where the store knows none. */
  readonly key?: (value: any) => string
  /**
   * So many replicas of the flow can share it, 1 to 1000: the parts in which the queue is made where the store splits
   * queues (Kafka), by default as the store was opened. A hint, so that one flow file fits all stores: where queues have
   * no parts it changes nothing, since any number of replicas can share them.
   */
  readonly partitions?: number
  /** Identity of an item, for stores that recognise repetitions. */
  readonly id?: (value: any) => string
}

export interface DurableDelivery {
  readonly value: unknown
  readonly context?: Context
  /** Ends the delivery. `failed` is tried again or dead-lettered; `returned` goes back without burning an attempt. */
  settle(outcome: Outcome, reason?: unknown): void
}

/** What the ledger and the console read of a durable edge; cheap and synchronous. */
export interface DurableDepth {
  readonly ready: number
  readonly leased: number
  readonly delayed: number
  readonly bytes: number
  readonly oldestMs: number
  readonly dead: number
  /** Dead letters put back since the edge was opened. */
  readonly redriven: number
  /** Those that an earlier process may have died of; absent where nobody keeps an eye on that. */
  readonly suspects?: number
}

/** A durable edge inside a running flow. */
export interface DurablePart extends Receiver, Pull, RunningEdge {
  /** The stage that takes the items. */
  to: StageAccount | undefined
  /** `undefined` when nothing is above. */
  attach(upstream: Upstream | undefined): void
  open(): void
  /** Dead letters that were put back while it ran. */
  readonly redriven: number
  /** Leaves to the store what it still holds. */
  giveUp(): void
}

/** One open durable edge. The kernel pushes with credit at one end and is handed deliveries with credit at the other. */
export interface DurableEdge {
  /** What it held when it was opened. */
  readonly carriedIn: number
  /** Its part in a flow. The store brings it, so that flows without durable edges do not carry the code. */
  join(name: string, env: RunEnvironment): DurablePart
  readonly capacityItems: number
  readonly capacityBytes: number
  depth(): DurableDepth
  /**
   * Present when other processes may put records into it and take them out: how many it holds now. Not exact where the
   * store cannot tell what others have leased, or what moves from one place to another at the moment.
   */
  held?(): Promise<{ items: number; isExact: boolean }>
  /**
   * Stores items. Resolves when they are as durable as the store promises, with what happened to each.
   * The caller keeps within `room()`.
   */
  put(items: readonly unknown[]): Promise<readonly ('stored' | 'duplicate' | 'dropped')[]>
  /** How many more items it takes now; 0 when full. */
  room(): number
  onRoom(wake: () => void): void
  /** Grants `n` more deliveries. */
  grant(n: number): void
  /** Where deliveries go; called as they become ready, never beyond the grant. */
  onDelivery(deliver: (deliveries: readonly DurableDelivery[]) => void): void
  /** Tells how each record ended: after an ack or a dead letter is durable. */
  onEnd(listener: (end: 'acked' | 'dead' | 'evicted', outcome: Outcome, reason: unknown) => void): void
  onError(listener: (error: unknown) => void): void
  /** No new deliveries; those that are out may still be settled. */
  pause(): void
  /** Waits until every settlement is durable, gives back what is unsettled, and closes. */
  close(): Promise<void>
}

/** Where durable edges live; brought to a run from outside: `run({ store })`. */
export interface DurableStore {
  readonly url: string
  openEdge(
    name: string,
    options: DurableOptions,
    codec: { encode(value: unknown): Uint8Array; decode(bytes: Uint8Array): unknown } | undefined,
  ): Promise<DurableEdge>
  close(): Promise<void>
}
