import { isForebayError } from '../../kernel/errors.ts'
import type { PermitOutcome } from '../../kernel/gate.ts'
import type { Shed } from '../../kernel/shed.ts'

/** How a piece of work ended, before anybody judged it. */
export type Ended<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly error: unknown }

/** What an end says about the gate: an outcome, with the time the other side asked for, if it did. */
export type Verdict = PermitOutcome | { readonly outcome: PermitOutcome; readonly retryAfterMs?: number }

/** Judges how work ended: an answer of 503 is a value and yet a `drop`. */
export type Classify<T> = (ended: Ended<T>) => Verdict

/**
 * The judgement of errors when nobody brings another: what was shed or cancelled on our own side says nothing
 * about the other side, or a full gate would open its own breaker.
 */
export function outcomeOf(error: unknown): PermitOutcome {
  return isForebayError(error, 'FOREBAY_SHED') || isForebayError(error, 'FOREBAY_CANCELLED') ? 'ignore' : 'fail'
}

/** The wait that an error asks for. */
export function retryAfterOf(error: unknown): number {
  return isForebayError(error, 'FOREBAY_SHED') ? (error as Shed).retryAfterMs : 0
}
