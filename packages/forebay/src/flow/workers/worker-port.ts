/** One worker, as its stage reaches it: a thread, a process, anything that is sent items and answers. */
export interface WorkerPort {
  /** Sends items to be worked on, in order. Throws when one of them cannot be sent; then none was. */
  send(parcel: number, values: readonly unknown[]): void
  /** Asks for a sign that its event loop turns: `heard` follows. */
  ping(): void
  /** Nobody waits for its work any more: signals abort, and it ends by itself, or is ended soon. */
  stop(): void
  /** Ends it at once, whatever it does. */
  kill(): void
}

/** What a worker tells its stage. */
export interface WorkerEvents {
  /** It takes items. */
  ready(): void
  heard(): void
  answered(parcel: number, answer: Answer): void
  /** It is over, and nothing follows: why, where it was not asked to end. */
  gone(error: unknown): void
}

/** What became of the items of a parcel. */
export interface Answer {
  /** One for each item, in order. */
  readonly results: readonly unknown[]
  /** Those that have failed, by their place. */
  readonly errors: readonly (readonly [at: number, error: unknown])[]
  /** From the start of the first item to the end of the last, ms. */
  readonly ms: number
  /** It has work that outlived its time, and is to be replaced. */
  readonly isSpent?: boolean
}

/** Starts the worker of a seat; `events` may be called at once. */
export type StartWorker = (events: WorkerEvents, seat: number) => WorkerPort
