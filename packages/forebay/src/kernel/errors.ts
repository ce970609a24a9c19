/** A condition the library reports. `code` is stable across versions and has a page in docs/errors. */
export type ErrorCode =
  | 'FOREBAY_SHED'
  | 'FOREBAY_OVERFLOW'
  | 'FOREBAY_TIMEOUT'
  | 'FOREBAY_CANCELLED'
  | 'FOREBAY_PROTOCOL'
  | 'FOREBAY_UNBOUNDED'
  | 'FOREBAY_ALREADY_RUN'
  | 'FOREBAY_NO_STORE'
  | 'FOREBAY_UNSUPPORTED'
  | 'FOREBAY_TOO_LARGE'
  | 'FOREBAY_LEASE_LOST'
  | 'FOREBAY_CLOSED'
  | 'FOREBAY_CORRUPT'
  | 'FOREBAY_UNAVAILABLE'
  | 'FOREBAY_EMPTY'
  | 'FOREBAY_CHECK_FAILED'
  | 'FOREBAY_DRAIN_TIMEOUT'
  | 'FOREBAY_STALL'
  | 'FOREBAY_DEADLOCK'
  | 'FOREBAY_LAGGED'
  | 'FOREBAY_GRAPH'
  | 'FOREBAY_WORKER_ERROR'
  | 'FOREBAY_WORKER_DIED'
  | 'FOREBAY_WORKER_START'

const brand = Symbol.for('forebay.error')

/**
 * Base of every condition reported by Forebay. Misuse is a `RangeError` or a `TypeError` instead.
 *
 * Recognise it with {@link isForebayError}, which also holds for an error of another installed copy
 * of the library (`instanceof` does not).
 */
export class ForebayError extends Error {
  // Declared alone: a field that is defined and then assigned is made twice.
  declare readonly code: ErrorCode
  /** True when the same work may succeed if it is tried again later. */
  declare readonly retryable: boolean

  constructor(
    code: ErrorCode,
    message: string,
    { cause, retryable = false }: { cause?: unknown; retryable?: boolean } = {},
  ) {
    super(message, cause === undefined ? undefined : { cause })
    this.code = code
    this.retryable = retryable
    this.name = 'ForebayError'
  }

  static {
    // Once for all: to define a property of each costs as much as the rest of an error without a stack.
    Object.defineProperty(this.prototype, brand, { value: true })
  }
}

/** Whether `error` is a {@link ForebayError}, optionally of one `code`. Never throws, whatever it is given. */
export function isForebayError(error: unknown, code?: ErrorCode): error is ForebayError {
  if (typeof error !== 'object' || error === null) return false
  try {
    const candidate = error as Record<symbol, unknown> & { code?: unknown }
    return candidate[brand] === true && (code === undefined || candidate.code === code)
  } catch {
    return false // a hostile proxy
  }
}
