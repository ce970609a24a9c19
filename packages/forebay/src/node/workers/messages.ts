/** What a worker is told first: what to load, and how to work. */
export interface WorkerSetup {
  /** URL of the module, and the name of the function in it. */
  readonly module: string
  readonly function: string
  readonly data: unknown
  readonly seat: number
  readonly perWorker: number
  /** 0 for no limit. */
  readonly timeoutMs: number
}

/** To a worker: a parcel with its items, or a word. */
export type ToWorker = readonly [parcel: number, values: readonly unknown[]] | 'ping' | 'stop'

/** An error as it crosses: what a clone of it would lose, too. */
export interface PackedError {
  readonly name: string
  readonly message: string
  readonly stack: string | undefined
  readonly code: unknown
  readonly cause: PackedError | undefined
  /** A value that was thrown and is no error. */
  readonly thrown?: string
}

/** From a worker: an answer, a word, or why it cannot begin. */
export type FromWorker =
  | readonly [
      parcel: number,
      results: readonly unknown[],
      ms: number,
      errors: readonly (readonly [at: number, error: PackedError])[] | undefined,
      isSpent: boolean,
    ]
  | 'ready'
  | 'pong'
  | { readonly cannotStart: PackedError }
