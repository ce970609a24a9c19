import { ForebayError } from 'forebay'

const FAREWELL_MS = 2000

export function unavailable(what: string, cause: unknown): ForebayError {
  return new ForebayError('FOREBAY_UNAVAILABLE', `kafka: ${what}`, { cause, retryable: true })
}

/** The innermost message: those around it say only what was tried how often. */
export function messageOf(error: unknown): string {
  if (error instanceof AggregateError && error.errors.length > 0) return messageOf(error.errors.at(-1))
  return error instanceof Error ? error.message : String(error)
}

/** Whether the broker gave this reason, among others. */
export function has(error: unknown, apiId: string): boolean {
  if (!(error instanceof Error)) return false
  if ((error as { apiId?: string }).apiId === apiId || has(error.cause, apiId)) return true
  return error instanceof AggregateError && error.errors.some((inner) => has(inner, apiId))
}

/** What the driver answers; whatever it fails with may be over soon. */
export async function asked<R>(answer: Promise<R>): Promise<R> {
  try {
    return await answer
  } catch (error) {
    throw unavailable(messageOf(error), error)
  }
}

/**
 * Waits for the promise of a client of the driver that closes (its types say `void`); one whose broker does not answer is
 * left alone.
 */
export async function closed(closing: unknown): Promise<void> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, FAREWELL_MS)
  })
  await Promise.race([Promise.resolve(closing).catch(() => undefined), late])
  clearTimeout(timer)
}
