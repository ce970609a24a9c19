import type { FailedAttempt, Outgoing, StoredMessage } from 'forebay/queue'
import type { Msg } from './nats-connection.ts'

/** What a message says of itself, as JSON in one header. */
interface Meta {
  /** id */
  readonly i: string
  /** Bytes that it counts. */
  readonly b: number
  readonly h?: Readonly<Record<string, string>>
  /** How old it may get, ms. */
  readonly t?: number
  /** How long after it came into this stream it is due, ms. */
  readonly d?: number
  /** When it was put, if that was not when it came into this stream: Unix ms. */
  readonly e?: number
  readonly f?: number
  readonly y?: readonly FailedAttempt[]
  /** The call that put it. */
  readonly c?: string
}

const META = 'Forebay'
const MSG_ID = 'Nats-Msg-Id'

/** Headers of an item that is put by a call; only a known id is the item's own. */
export function putHeaders(item: Outgoing, call: string): Record<string, string> {
  const { id, bytes, headers, ttlMs, delayMs, isKnown } = item
  const meta: Meta = {
    i: id,
    b: bytes,
    c: call,
    ...(headers !== undefined && { h: headers }),
    ...(Number.isFinite(ttlMs) && { t: ttlMs }),
    ...(delayMs > 0 && { d: delayMs }),
  }
  return { [META]: JSON.stringify(meta), [MSG_ID]: isKnown ? JSON.stringify(id) : `${call} ${JSON.stringify(id)}` }
}

/** Headers of a message that changes its stream: a dead letter, or one that goes back. Neither expires. */
export function movedHeaders(message: StoredMessage, msgId: string): Record<string, string> {
  const { id, bytes, headers, enqueuedAt, failed, history } = message
  const meta: Meta = {
    i: id,
    b: bytes,
    e: enqueuedAt,
    ...(headers !== undefined && { h: headers }),
    ...(failed > 0 && { f: failed }),
    ...(history !== undefined && { y: history }),
  }
  return { [META]: JSON.stringify(meta), [MSG_ID]: msgId }
}

/** The call that put a message. */
export function callOf(headers: Msg['headers']): string | undefined {
  return metaOf(headers)?.c
}

/** A message as it is stored, or `undefined` for one that is not a queue's. */
export function storedMessage(
  message: Pick<Msg, 'headers' | 'data'>,
  seq: number,
  at: number,
): StoredMessage | undefined {
  const meta = metaOf(message.headers)
  if (meta === undefined) return undefined
  const enqueuedAt = meta.e ?? at
  return {
    seq,
    id: meta.i,
    key: undefined,
    group: undefined,
    level: 1,
    failed: meta.f ?? 0,
    enqueuedAt,
    expiresAt: meta.t === undefined ? 0 : enqueuedAt + meta.t,
    headers: meta.h,
    history: meta.y,
    body: message.data,
    bytes: meta.b,
  }
}

/** When a message that was stored at `at` may be delivered at the earliest, Unix ms. */
export function dueOf(headers: Msg['headers'], at: number): number {
  // As a rule it says nothing of that, and need not be read a second time.
  return headers?.get(META).includes('"d":') === true ? at + (metaOf(headers)?.d ?? 0) : at
}

function metaOf(headers: Msg['headers']): Meta | undefined {
  const text = headers?.get(META)
  if (text === undefined || text === '') return undefined
  try {
    return JSON.parse(text) as Meta
  } catch {
    return undefined
  }
}

/** What the subject that a delivery is acknowledged to says of it. */
export interface DeliveryInfo {
  /** Its number in the stream. */
  readonly seq: number
  /** How often it has been delivered, this one included. */
  readonly count: number
  /** When it was stored, Unix ms. */
  readonly at: number
}

/**
 * `$JS.ACK.<stream>.<consumer>.<count>.<seq>.<delivery>.<ns>.<pending>`, with a domain and an account behind `ACK` from
 * newer servers.
 */
export function deliveryInfo(reply: string): DeliveryInfo | undefined {
  const tokens = reply.split('.')
  if (tokens.length < 9 || tokens[1] !== 'ACK') return undefined
  const first = tokens.length >= 11 ? 6 : 4
  const [count, seq, , time = ''] = tokens.slice(first)
  return { seq: Number(seq), count: Number(count), at: Number(time.slice(0, -6)) }
}
