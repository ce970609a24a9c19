import { ForebayError, isForebayError } from '../../kernel/errors.ts'
import type { CrewWork } from './crew-options.ts'
import type { WorkerItem } from './worker-item.ts'

/** What the function has thrown, with the item that it has thrown for. */
export function itemError(work: CrewWork, item: WorkerItem, cause: unknown): ForebayError {
  const code = isForebayError(cause, 'FOREBAY_TIMEOUT') ? 'FOREBAY_TIMEOUT' : 'FOREBAY_WORKER_ERROR'
  const retryable = code === 'FOREBAY_TIMEOUT'
  return new ForebayError(code, `${called(work, item)}: ${told(cause)}`, { cause, retryable })
}

/** Every worker that had the item has died. */
export function diedError(work: CrewWork, item: WorkerItem, cause: unknown): ForebayError {
  return new ForebayError('FOREBAY_WORKER_DIED', `${called(work, item)}: its worker has died: ${told(cause)}`, {
    cause,
  })
}

export function startError({ name }: CrewWork, cause: unknown): ForebayError {
  const text = `${name}: a worker has ended before it was ready: ${told(cause)}`
  return new ForebayError('FOREBAY_WORKER_START', text, { cause })
}

function told(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause)
}

function called({ name, gateKey }: CrewWork, { value }: WorkerItem): string {
  if (gateKey === undefined) return name
  try {
    return `${name}: item ${gateKey(value)}`
  } catch (error) {
    return `${name}: item without a key (${String(error)})`
  }
}
