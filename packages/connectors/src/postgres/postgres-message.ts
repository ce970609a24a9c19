import type { FailedAttempt, Held, Outgoing, Settlement, StoredMessage } from 'forebay/queue'
import { fromText, toText } from './postgres-text.ts'

const ENDS = { ack: 'a', release: 'b', retry: 'r', dead: 'x' } as const
const REASON = 500

/** A message as the functions of the schema answer with it. */
export interface MessageRow {
  readonly seq: number
  readonly id: string
  readonly key: string | null
  readonly level: StoredMessage['level']
  readonly failed: number
  readonly outs: number
  readonly enqueued: number
  readonly expires: number
  readonly bytes: number
  readonly headers: string | null
  readonly history: string | null
  readonly body: Buffer
}

export const MESSAGE_COLUMNS =
  'seq, id, key, level, failed, outs, enqueued, expires, bytes, headers, history::text, body' as const

export function storedMessage(row: MessageRow): StoredMessage {
  const { seq, level, failed, bytes, body } = row
  return {
    seq,
    id: fromText(row.id),
    key: row.key === null ? undefined : fromText(row.key),
    group: undefined,
    level,
    failed,
    enqueuedAt: row.enqueued,
    expiresAt: row.expires,
    headers: row.headers === null ? undefined : (JSON.parse(row.headers) as Record<string, string>),
    history: row.history === null ? undefined : historyOf(row.history),
    body,
    bytes,
  }
}

function historyOf(text: string): FailedAttempt[] {
  const entries = JSON.parse(text) as FailedAttempt[]
  return entries.map((entry) => ({ ...entry, reason: fromText(entry.reason) }))
}

/** A delivery, and what is needed to settle it. */
export function heldMessage(row: MessageRow, owner: string, deadline: number): Held {
  return { stored: storedMessage(row), tag: owner, redelivered: row.outs > 1, deadline }
}

/** The end of a delivery as `settle` wants it. */
export function endParameters(settlement: Settlement): object {
  const { held, how } = settlement
  const { delayMs, reason } = { delayMs: undefined, reason: undefined, ...settlement }
  return {
    s: held.stored.seq,
    o: held.tag,
    how: ENDS[how],
    ...(delayMs !== undefined && { delay: Math.ceil(delayMs) }),
    ...(reason !== undefined && { reason: toText(reason.slice(0, REASON)) }),
  }
}

/** Items as `put` wants them: what is known of each as JSON, and all bodies one behind the other. */
export function putParameters(items: readonly Outgoing[]): [meta: string, bodies: Buffer] {
  const seen = new Set<string>()
  let at = 0
  const meta = items.map((item) => {
    const { id, key, level, bytes, headers, isKnown, body } = item
    const isTwin = isKnown && seen.has(id)
    if (isKnown) seen.add(id)
    const entry = {
      id: toText(id),
      level,
      bytes,
      delay: Math.ceil(item.delayMs),
      at,
      size: body.length,
      ...(key !== undefined && { key: toText(key) }),
      ...(Number.isFinite(item.ttlMs) && { ttl: Math.ceil(item.ttlMs) }),
      ...(headers !== undefined && { headers: JSON.stringify(headers) }),
      ...(isKnown && { known: true }),
      ...(isTwin && { twin: true }),
    }
    at += body.length
    return entry
  })
  return [
    JSON.stringify(meta),
    Buffer.concat(
      items.map((item) => item.body),
      at,
    ),
  ]
}
