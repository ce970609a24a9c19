/** One quota that a server tells of: what it allows and what is left of it. */
export interface Quota {
  readonly name: string
  /** What is counted: `requests`, `content-bytes`, `concurrent-requests`, or a server's own word such as `tokens`. */
  readonly unit: string
  /** What may be used in a window, or at once. */
  readonly limit?: number
  readonly remaining?: number
  /** Milliseconds until `remaining` is what `limit` says again. */
  readonly resetMs?: number
  readonly windowMs?: number
  /** Whose quota it is, where the server says so: base64. */
  readonly partition?: string
}
