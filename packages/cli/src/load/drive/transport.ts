/** One attempt, as it goes on the wire. */
export interface WireRequest {
  readonly origin: string
  readonly method: string
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: string | undefined
}

/** What came back: an answer that was read to its end, or the name of what went wrong. */
export type WireAnswer =
  | { readonly status: number; readonly retryAfterMs: number | undefined }
  | { readonly error: string }

/** Sends requests; a test may have one of its own, in virtual time. */
export interface Transport {
  /** Calls `done` exactly once, when nothing of the exchange is under way any more, also after `abort`. */
  send(request: WireRequest, done: (answer: WireAnswer) => void): { abort(): void }
  close(): Promise<void>
}
