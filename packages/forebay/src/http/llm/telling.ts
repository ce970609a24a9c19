import type { PermitOutcome } from '../../kernel/gate.ts'
import type { HeaderSource } from '../signals/header-source.ts'

/** What an answer or an error tells of how it went on the wire. */
export interface Telling {
  readonly status: number
  readonly headers: HeaderSource
  /** Where a hint may stand that no header has. */
  readonly body?: string
}

/** Finds it in a web `Response`, in the errors of the providers' clients, and in those that carry a `response`. */
export function tellingOf(value: unknown): Telling | undefined {
  return toldBy(value) ?? toldBy((value as { readonly response?: unknown } | null | undefined)?.response)
}

function toldBy(value: unknown): Telling | undefined {
  if (typeof value !== 'object' || value === null) return undefined
  const { status, headers, message } = value as Partial<Telling> & { message?: unknown }
  if (typeof status !== 'number') return undefined
  const known = typeof headers === 'object' && headers !== null ? headers : {}
  return { status, headers: known, ...(typeof message === 'string' && { body: message }) }
}

/** 529 is Anthropic's for "overloaded". */
export function isOverloaded(status: number): boolean {
  return status === 429 || status === 503 || status === 529
}

export function outcomeOfStatus(status: number): PermitOutcome {
  return isOverloaded(status) ? 'drop' : status >= 500 ? 'fail' : 'ok'
}
