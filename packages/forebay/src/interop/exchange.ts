/**
 * Two ends of something that is not ours: what is written into one comes out of the other, changed. One write and one
 * read are out at a time.
 *
 *   item ─▶ write ─▶ ( a stream of somebody else ) ─▶ read ─▶ chunk
 */
export interface Exchange<A = any, B = any> {
  /** Takes an item; what it returns settles when the next one may come, `undefined` when it may at once. */
  write(item: A): PromiseLike<unknown> | undefined
  /** Nothing more is written; settles when everything has been taken in. */
  close(): PromiseLike<unknown>
  /** The next chunk, or that there is none. */
  read(): PromiseLike<{ readonly done: boolean; readonly value?: B | undefined }>
  /** Gives up both ends, whatever state they are in. Throws nothing, and is told twice as well as once. */
  abandon(reason: unknown): void
}
