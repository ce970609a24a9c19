import { ForebayError } from 'forebay'
import { messageBytes, type FailedAttempt, type Outgoing, type StoredMessage } from 'forebay/queue'
import type { AsyncMessage, Envelope, SyncMessage } from 'rabbitmq-client'

/** A message as it goes to the broker. */
export interface Parcel {
  readonly envelope: Envelope
  readonly body: Buffer
}

/** What a message has on the broker: its own properties, and headers of ours beside those of the caller. */
interface Mark {
  readonly failed: number
  readonly history: readonly FailedAttempt[] | undefined
  /** Unix epoch, ms: when it is to be delivered at the earliest; 0 for at once. */
  readonly due: number
}

const OWN = 'forebay-'
/** The driver cuts a longer one without a word; what is longer goes into a header of its own. */
const MOST_ID_BYTES = 255
/** In front of the name of a caller's header that looks like one of ours or of the broker's. */
const ESCAPED = 'forebay-header-'

/** Most that one frame may have; the properties and headers of a message have to go in one. */
export const FRAME_BYTES: number = 128 * 1024
/** What stays free of it: the history of retries (8 reasons of 500 characters, up to 6 bytes each), what the broker notes. */
const RESERVED_BYTES = 32 * 1024

/** Unsettled deliveries that count as one failed attempt: many end with a process that had not begun to work on them. */
const DELIVERIES_PER_ATTEMPT = 20

/** Why an item can never be stored: the driver would end the channel over it, again and again. */
export function refusal({ id, headers }: Outgoing, queue: string): ForebayError | undefined {
  const bytes = 2 * Buffer.byteLength(id) + headerBytes(headers)
  const most = FRAME_BYTES - RESERVED_BYTES
  if (bytes <= most) return undefined
  const what = `id and headers have ${bytes} bytes, and RabbitMQ has room for ${most}`
  return new ForebayError('FOREBAY_TOO_LARGE', `${queue}: ${what}`)
}

/** An item that is put now. */
export function outgoingParcel(item: Outgoing, queue: string, now: number): Parcel {
  const due = item.delayMs > 0 ? now + item.delayMs : 0
  const expiresAt = item.ttlMs === Infinity ? 0 : now + item.ttlMs
  return parcel({ ...item, enqueuedAt: now, expiresAt }, queue, { failed: 0, history: undefined, due })
}

/** A message that goes to another queue, with what has changed. */
export function movedParcel(stored: StoredMessage, queue: string, due: number): Parcel {
  return parcel(stored, queue, { failed: stored.failed, history: stored.history, due })
}

function parcel(
  message: Pick<StoredMessage, 'id' | 'headers' | 'body' | 'enqueuedAt' | 'expiresAt'>,
  queue: string,
  { failed, history, due }: Mark,
): Parcel {
  const headers: Record<string, string | number> = { [`${OWN}at`]: String(message.enqueuedAt) }
  if (message.expiresAt > 0) headers[`${OWN}expires`] = String(message.expiresAt)
  if (due > 0) headers[`${OWN}due`] = String(due)
  if (failed > 0) headers[`${OWN}failed`] = failed
  for (const name in message.headers) headers[escaped(name)] = message.headers[name] as string
  if (history !== undefined) {
    const text = JSON.stringify(history)
    // Another program may have left no room: the message is worth more than what became of it.
    if (headerBytes(headers) + Buffer.byteLength(text) < FRAME_BYTES - 2048) headers[`${OWN}history`] = text
  }
  const { body, id } = message
  const isLong = Buffer.byteLength(id) > MOST_ID_BYTES
  if (isLong) headers[`${OWN}id`] = id
  const messageId = isLong ? Buffer.from(id.slice(0, MOST_ID_BYTES / 3)).toString() : id
  return {
    envelope: { routingKey: queue, durable: true, mandatory: true, messageId, headers },
    body: Buffer.from(body.buffer, body.byteOffset, body.byteLength),
  }
}

/** As they are in a frame. */
function headerBytes(headers: Readonly<Record<string, string | number>> | undefined): number {
  let bytes = 0
  for (const name in headers) bytes += 6 + ESCAPED.length + Buffer.byteLength(name + String(headers[name]))
  return bytes
}

function escaped(name: string): string {
  const isTaken = name.startsWith(OWN) || name.startsWith('x-')
  const given = isTaken ? ESCAPED + name : name
  if (Buffer.byteLength(given) <= 255) return given
  throw new RangeError(`headers: expected names of at most ${255 - ESCAPED.length} bytes, got '${name.slice(0, 40)}…'`)
}

/** What came from the broker, and when it is due (0: now). Messages of other programs are taken as they are. */
export function storedMessage(
  message: AsyncMessage | SyncMessage,
  seq: number,
  now: number,
): { stored: StoredMessage; due: number } {
  const given = (message.headers ?? {}) as Record<string, unknown>
  const headers: Record<string, string> = {}
  for (const name in given) {
    const value = given[name]
    if (name.startsWith(ESCAPED)) headers[name.slice(ESCAPED.length)] = String(value)
    else if (typeof value === 'string' && !name.startsWith(OWN) && !name.startsWith('x-')) headers[name] = value
  }
  const body = bytesOf(message.body)
  const long = given[`${OWN}id`]
  const id = typeof long === 'string' ? long : (message.messageId ?? `amqp-${seq}`)
  const parts = { id, headers, body }
  const ended = numberOf(given['x-delivery-count'])
  const stored: StoredMessage = {
    seq,
    ...parts,
    key: undefined,
    group: undefined,
    level: 1,
    failed: numberOf(given[`${OWN}failed`]) + Math.floor(ended / DELIVERIES_PER_ATTEMPT),
    enqueuedAt: numberOf(given[`${OWN}at`]) || (message.timestamp ?? 0) * 1000 || now,
    expiresAt: numberOf(given[`${OWN}expires`]),
    history: historyOf(given[`${OWN}history`]),
    bytes: messageBytes(parts),
  }
  return { stored, due: numberOf(given[`${OWN}due`]) }
}

/** The driver makes texts and objects of what other programs have marked as such. */
function bytesOf(body: unknown): Uint8Array {
  if (Buffer.isBuffer(body)) return body
  return Buffer.from(typeof body === 'string' ? body : JSON.stringify(body))
}

function numberOf(value: unknown): number {
  const number = Number(value ?? 0)
  return Number.isFinite(number) ? number : 0
}

function historyOf(value: unknown): FailedAttempt[] | undefined {
  if (typeof value !== 'string') return undefined
  try {
    const history: unknown = JSON.parse(value)
    return Array.isArray(history) ? (history as FailedAttempt[]) : undefined
  } catch {
    return undefined // written by somebody else: the message itself is still good
  }
}
