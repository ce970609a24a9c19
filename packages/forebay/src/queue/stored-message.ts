import type { Level } from '../kernel/gate.ts'
import type { FailedAttempt } from './delivery.ts'

/** A message as journals keep it: immutable; a retry is a new one with the same id and `seq`. */
export interface StoredMessage {
  /** Its place in the order of puts. */
  readonly seq: number
  readonly id: string
  readonly key: string | undefined
  readonly group: string | undefined
  readonly level: Level
  /** Attempts that had failed when it was written. */
  readonly failed: number
  /** Queue time: Unix epoch, ms. */
  readonly enqueuedAt: number
  /** Queue time after which it is dropped; 0 for never. */
  readonly expiresAt: number
  readonly headers: Readonly<Record<string, string>> | undefined
  readonly history: readonly FailedAttempt[] | undefined
  readonly body: Uint8Array
  /** What it counts against the bounds. */
  readonly bytes: number
}

/** Attempts that are remembered in a message's history, and characters of each reason. */
const HISTORY = 8
const REASON = 500

/** Bytes of a message for the bounds: its parts and 48 bytes of frame. Its history (at most 8 entries) is not counted. */
export function messageBytes(parts: {
  id: string
  key?: string | undefined
  group?: string | undefined
  headers?: Readonly<Record<string, string>> | undefined
  body: Uint8Array
}): number {
  let bytes = 48 + parts.body.length + parts.id.length + (parts.key?.length ?? 0) + (parts.group?.length ?? 0)
  for (const name in parts.headers) bytes += name.length + (parts.headers[name] as string).length
  return bytes
}

/** The message as it is written after one more attempt failed. */
export function afterFailure(message: StoredMessage, failed: number, at: number, reason: string): StoredMessage {
  const entry = { attempt: failed, at, reason: reason.length > REASON ? reason.slice(0, REASON) : reason }
  return { ...message, failed, history: [...(message.history ?? []).slice(1 - HISTORY), entry] }
}
