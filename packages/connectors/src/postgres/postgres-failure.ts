import { ForebayError } from 'forebay'

/** What a failed call means for those that come after it. */
export interface Failure {
  /** `away`: the server takes nothing now; `disk`: it has no room; `call`: only this call failed. */
  readonly kind: 'away' | 'disk' | 'call'
  readonly error: ForebayError
}

/** SQLSTATEs that pass by themselves: a cancelled statement, a deadlock, a lock that did not come in time. */
const PASSING = new Set(['57014', '40001', '40P01', '55P03'])
/** A full disk, and a server without memory. */
const NO_ROOM = new Set(['53100', '53200'])
/** A standby that only reads, a server that shuts down or starts up, one with no connection left. */
const AWAY = /^(08|57P|53300|25006)/

/** Tells what an error of the driver means; everything without an SQLSTATE is a connection that broke. */
export function failureOf(cause: unknown): Failure {
  const code = (cause as { code?: unknown } | undefined)?.code
  const state = typeof code === 'string' && /^[0-9A-Z]{5}$/.test(code) && !/^E[A-Z]{4}$/.test(code) ? code : undefined
  const text = `postgres: ${cause instanceof Error ? cause.message : String(cause)}`
  const made = (retryable: boolean): ForebayError =>
    new ForebayError('FOREBAY_UNAVAILABLE', state === undefined ? text : `${text} (${state})`, { cause, retryable })
  if (state === undefined || AWAY.test(state)) return { kind: 'away', error: made(true) }
  if (NO_ROOM.has(state)) return { kind: 'disk', error: made(true) }
  return { kind: 'call', error: made(PASSING.has(state)) }
}
