import { ForebayError } from 'forebay'

/** What a failed call means: `full` and `disk` as JetStream says it, `away` for a server without JetStream, else the call. */
export class NatsFailure extends ForebayError {
  readonly kind: 'full' | 'disk' | 'away' | 'missing' | 'call'

  constructor(kind: NatsFailure['kind'], text: string, options: { cause?: unknown; retryable: boolean }) {
    super('FOREBAY_UNAVAILABLE', `nats: ${text}`, options)
    this.kind = kind
  }
}

/** An error in an answer of JetStream. */
export interface ApiError {
  readonly code: number
  readonly err_code?: number
  readonly description?: string
}

const NOT_FOUND = 404

export function failureOfAnswer({
  code,
  err_code,
  description = 'an error without a description',
}: ApiError): NatsFailure {
  const text = `${description} (${err_code ?? code})`
  if (/maximum (messages|bytes)/.test(description)) return new NatsFailure('full', text, { retryable: true })
  if (/insufficient|no space|storage/.test(description)) return new NatsFailure('disk', text, { retryable: true })
  if (code === NOT_FOUND) return new NatsFailure('missing', text, { retryable: false })
  return new NatsFailure('call', text, { retryable: code >= 500 })
}

/** An error of the driver: all pass by themselves but those that say what is not allowed. */
export function failureOfDriver(cause: unknown): NatsFailure {
  const { name = '', message = String(cause) } = cause as { name?: string; message?: string }
  const isFinal = /^(Authorization|Permission|UserAuthentication|Invalid|Protocol)/.test(name)
  const isAway = name === 'NoRespondersError' || /no responders/i.test(message)
  const text = isAway ? 'nobody answers for JetStream (no responders)' : message
  return new NatsFailure(isAway ? 'away' : 'call', text, { cause, retryable: !isFinal })
}
