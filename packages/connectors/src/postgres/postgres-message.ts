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
  const end: Record<string, unknown> = { s: held.stored.seq, o: held.tag, how: ENDS[how] }
  if (how === 'retry') end['delay'] = Math.ceil(settlement.delayMs)
  if (how === 'retry' || how === 'dead') end['reason'] = toText(settlement.reason.slice(0, REASON))
  return end
}

/** Items as `put` wants them: what is known of each as JSON, and all bodies one behind the other. */
export function putParameters(items: readonly Outgoing[]): [meta: string, bodies: Buffer] {
  const seen = new Set<string>()
  let at = 0
  const meta = items.map((item) => {
    const { id, key, level, bytes, headers, isKnown, body } = item
    const entry: Record<string, unknown> = {
      id: toText(id),
      level,
      bytes,
      delay: Math.ceil(item.delayMs),
      at,
      size: body.length,
    }
    if (key !== undefined) entry['key'] = toText(key)
    if (item.ttlMs !== Infinity) entry['ttl'] = Math.ceil(item.ttlMs)
    if (headers !== undefined) entry['headers'] = JSON.stringify(headers)
    if (isKnown) {
      entry['known'] = true
      if (seen.has(id)) entry['twin'] = true
      seen.add(id)
    }
    at += body.length
    return entry
  })
  const bodies = items.map((item) => item.body)
  return [JSON.stringify(meta), Buffer.concat(bodies, at)]
}
