import { ForebayError } from '../../kernel/errors.ts'
import type { PackedError } from './messages.ts'

/** Causes of causes that are taken along. */
const MOST_CAUSES = 8

/** Whatever was thrown, in a form that every way between threads and processes can carry. */
export function packError(error: unknown, left: number = MOST_CAUSES): PackedError {
  if (!(error instanceof Error)) {
    const thrown = text(error)
    return { name: 'Error', message: thrown, stack: undefined, code: undefined, cause: undefined, thrown }
  }
  const { name, message, stack, cause } = error
  const { code } = error as { code?: unknown }
  return {
    name: text(name),
    message: text(message),
    stack: stack === undefined ? undefined : text(stack),
    code: typeof code === 'string' || typeof code === 'number' ? code : undefined,
    cause: cause === undefined || left === 0 ? undefined : packError(cause, left - 1),
  }
}

/** The error again, with the stack of where it was thrown. */
export function unpackError({ name, message, stack, code, cause }: PackedError): Error {
  const options = cause === undefined ? {} : { cause: unpackError(cause) }
  const isTimeout = code === 'FOREBAY_TIMEOUT'
  const error = isTimeout
    ? new ForebayError(code, message, { ...options, retryable: true })
    : new Error(message, options)
  const fields: Record<string, unknown> = { name, stack: stack ?? `${name}: ${message}` }
  if (!isTimeout && code !== undefined) fields['code'] = code
  for (const [key, value] of Object.entries(fields)) {
    Object.defineProperty(error, key, { value, configurable: true, writable: true, enumerable: key === 'code' })
  }
  return error
}

function text(value: unknown): string {
  try {
    return String(value)
  } catch {
    return 'a value that cannot be written'
  }
}
