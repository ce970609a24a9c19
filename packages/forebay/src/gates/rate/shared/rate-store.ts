/** A rate as a store keeps it: `limit` in every `perMs`, with a burst where the algorithm has one. */
export interface StoredRate {
  readonly algorithm: StoredAlgorithm
  readonly limit: number
  readonly perMs: number
  readonly burst: number
}

export type StoredAlgorithm = 'gcra' | 'token-bucket' | 'fixed-window' | 'sliding-window'

/** What a process asks of a store for one key, in one decision. */
export interface StoreAsk {
  /** Of the rate, the same in all processes. */
  readonly name: string
  readonly key: string
  readonly rate: StoredRate
  /** The cost that is wanted at once, or nothing of it; 0 asks for nothing. */
  readonly least: number
  /** Up to so much is taken if it conforms now, in whole steps above `least`. */
  readonly most: number
  /** Charged first, whatever the state: above 0 for work that cost more than it was let in for, below 0 gives back. */
  readonly correction: number
  /** What the answer said by which the cost was taken that `correction` gives back. */
  readonly mark: number
}

export interface StoreAnswer {
  /** 0, or from `least` to `most`. */
  readonly granted: number
  /** Milliseconds until `least` may conform, when nothing was granted. */
  readonly waitMs: number
  /** When it was taken, in the store's own count: a window that is over takes nothing back. */
  readonly mark: number
  /** The store's time of the decision, ms. */
  readonly at: number
}

/**
 * Where rates are kept that several processes share. It decides by its own time, never by that of a caller, and answers
 * each batch of asks in one round trip, in their order. It rejects when it cannot answer, and does not queue: what
 * waits, waits in the line of the gate.
 */
export interface RateStore {
  /** What is asked in one batch is of different keys. */
  take(asks: readonly StoreAsk[]): Promise<readonly StoreAnswer[]>
}
