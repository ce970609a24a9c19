import type { FailedAttempt, StoredMessage } from 'forebay/queue'
import { movedHeaders } from './nats-message.ts'

/** A history at its longest: eight attempts, each with 500 characters that take up to six bytes as JSON. */
const HISTORY = 8 * (500 * 6 + 64)
/** What the headers of a dead letter say that those of a put do not. */
const MOVED = 128

/**
 * Bytes that a put may have, headers included, so that its dead letter fits into one message of the server as well: room
 * for the longest history, but at most for half of everything.
 */
export function putRoom(maxPayload: number): number {
  return maxPayload - Math.min(HISTORY + MOVED, Math.floor(maxPayload / 2))
}

/** Bytes of a message as it is sent. */
export function sentBytes(headers: Readonly<Record<string, string>>, body: Uint8Array): number {
  let bytes = 'NATS/1.0\r\n\r\n'.length + body.length
  for (const [name, value] of Object.entries(headers)) bytes += name.length + Buffer.byteLength(value) + ': \r\n'.length
  return bytes
}

/** Headers of a dead letter with as much of its history as the server takes. */
export function deadHeaders(dead: StoredMessage, msgId: string, maxPayload: number): Record<string, string> {
  return shortened(
    dead.history,
    (history) => movedHeaders({ ...dead, history }, msgId),
    (headers) => sentBytes(headers, dead.body) <= maxPayload,
  )
}

/** What is made of a history, with as much of it as fits: attempts are left out from the oldest on, then reasons are cut. */
export function shortened<Made>(
  history: readonly FailedAttempt[] | undefined,
  make: (history: readonly FailedAttempt[] | undefined) => Made,
  fits: (made: Made) => boolean,
): Made {
  for (let rest = history; ; rest = shorter(rest)) {
    const made = make(rest)
    if (rest === undefined || fits(made)) return made
  }
}

function shorter(history: readonly FailedAttempt[] = []): readonly FailedAttempt[] | undefined {
  const [last] = history
  if (history.length > 1) return history.slice(1)
  if (last === undefined || last.reason === '') return undefined
  return [{ ...last, reason: last.reason.slice(0, Math.floor(last.reason.length / 2)) }]
}
