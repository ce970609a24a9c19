import { ForebayError } from 'forebay'
import { messageBytes, type FailedAttempt, type Outgoing, type StoredMessage } from 'forebay/queue'
import type { AsyncMessage, Envelope, SyncMessage } from 'rabbitmq-client'

type Headers = Record<string, string | number>

/** A message as it goes to the broker. */
export interface Parcel {
  readonly envelope: Envelope
  readonly body: Buffer
}

const OWN = 'forebay-'
const AT = `${OWN}at`
const EXPIRES = `${OWN}expires`
/** Unix epoch, ms: when it is to be delivered at the earliest; left out for at once. */
const DUE = `${OWN}due`
const FAILED = `${OWN}failed`
const HISTORY = `${OWN}history`
const ID = `${OWN}id`
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
  const headers: Headers = { [AT]: String(now) }
  if (item.ttlMs !== Infinity) headers[EXPIRES] = String(now + item.ttlMs)
  if (item.delayMs > 0) headers[DUE] = String(now + item.delayMs)
  return parcel(item, queue, headers)
}

/** A message that goes to another queue, with what has changed. */
export function movedParcel(stored: StoredMessage, queue: string, due: number): Parcel {
  const { failed, history, enqueuedAt, expiresAt } = stored
  const headers: Headers = { [AT]: String(enqueuedAt) }
  if (expiresAt > 0) headers[EXPIRES] = String(expiresAt)
  if (due > 0) headers[DUE] = String(due)
  if (failed > 0) headers[FAILED] = failed
  const moved = parcel(stored, queue, headers)
  if (history !== undefined) {
    const text = JSON.stringify(history)
    // Another program may have left no room: the message is worth more than what became of it.
    if (headerBytes(headers) + Buffer.byteLength(text) < FRAME_BYTES - 2048) headers[HISTORY] = text
  }
  return moved
}

function parcel(
  { id, headers: given, body }: { id: string; headers: StoredMessage['headers']; body: Uint8Array },
  queue: string,
  headers: Headers,
): Parcel {
  for (const name in given) headers[escaped(name)] = given[name] as string
  const isLong = id.length > MOST_ID_BYTES / 3 && Buffer.byteLength(id) > MOST_ID_BYTES
  if (isLong) headers[ID] = id
  const messageId = isLong ? Buffer.from(id.slice(0, MOST_ID_BYTES / 3)).toString() : id
  return {
    envelope: { routingKey: queue, durable: true, mandatory: true, messageId, headers },
    body: Buffer.isBuffer(body) ? body : Buffer.from(body.buffer, body.byteOffset, body.byteLength),
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
  let headers: Record<string, string> | undefined
  for (const name in given) {
    if (name.startsWith(OWN) && !name.startsWith(ESCAPED)) continue
    const value = given[name]
    if (name.startsWith(ESCAPED)) (headers ??= {})[name.slice(ESCAPED.length)] = String(value)
    else if (typeof value === 'string' && !name.startsWith('x-')) (headers ??= {})[name] = value
  }
  const body = bytesOf(message.body)
  const long = given[ID]
  const id = typeof long === 'string' ? long : (message.messageId ?? `amqp-${seq}`)
  const ended = numberOf(given['x-delivery-count'])
  const stored: StoredMessage = {
    seq,
    id,
    headers: headers ?? none,
    body,
    key: undefined,
    group: undefined,
    level: 1,
    failed: numberOf(given[FAILED]) + Math.floor(ended / DELIVERIES_PER_ATTEMPT),
    enqueuedAt: numberOf(given[AT]) || (message.timestamp ?? 0) * 1000 || now,
    expiresAt: numberOf(given[EXPIRES]),
    history: historyOf(given[HISTORY]),
    bytes: messageBytes({ id, headers, body }),
  }
  return { stored, due: numberOf(given[DUE]) }
}

const none: Readonly<Record<string, string>> = Object.freeze({})

/** The driver makes texts and objects of what other programs have marked as such. */
function bytesOf(body: unknown): Uint8Array {
  if (Buffer.isBuffer(body)) return body
  return Buffer.from(typeof body === 'string' ? body : JSON.stringify(body))
}

function numberOf(value: unknown): number {
  if (value === undefined) return 0
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
