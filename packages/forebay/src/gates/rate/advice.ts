/**
 * What the other side says about its rate; every part may be missing. Whatever is no finite number ≥ 0 is taken as missing,
 * so that headers of a stranger can be handed over as they were read.
 */
export interface Advice {
  /** Permits in every `perMs`. */
  readonly limit?: number
  /** The window of `limit`, ms; default 1,000. */
  readonly perMs?: number
  /** Permits that are left until the reset. */
  readonly remaining?: number
  /** Milliseconds from now until `remaining` is renewed. */
  readonly resetMs?: number
  /** Nothing may start for so many ms. */
  readonly retryAfterMs?: number
}
