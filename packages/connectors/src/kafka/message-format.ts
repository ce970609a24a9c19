import { messageBytes, type FailedAttempt, type Outgoing, type StoredMessage } from 'forebay/queue'
import type { MessageToProduce } from '@platformatic/kafka'

/** A record as the broker gave it. */
export interface Fetched {
  readonly offset: number
  /** Unix epoch, ms. */
  readonly timestamp: number
  readonly key: Buffer | null
  readonly value: Buffer | null
  readonly headers: readonly (readonly [Buffer | null, Buffer | null])[]
}

/** Where a message goes. */
export interface Target {
  readonly topic: string
  readonly partition: number
  /** Unix epoch, ms: when it is to be delivered at the earliest; 0 for at once. */
  readonly due: number
}

export type Parcel = MessageToProduce<Buffer, Buffer, Buffer, Buffer>

const OWN = 'forebay-'
/** In front of the name of a caller's header that looks like one of ours. */
const ESCAPED = 'forebay-header-'

/** Names of our own headers, as every record has them. */
const ID = Buffer.from(`${OWN}id`)
const AT = Buffer.from(`${OWN}at`)
const EXPIRES = Buffer.from(`${OWN}expires`)
const DUE = Buffer.from(`${OWN}due`)
const FAILED = Buffer.from(`${OWN}failed`)
const HISTORY = Buffer.from(`${OWN}history`)
const REASON = Buffer.from(`${OWN}reason`)

/** An item that is put now: its record says when. */
export function outgoingParcel(item: Outgoing, target: Target, now: number): Parcel {
  const headers = new Map<Buffer, Buffer>([[ID, Buffer.from(item.id)]])
  if (item.ttlMs !== Infinity) headers.set(EXPIRES, text(now + item.ttlMs))
  return { ...parcel(item, headers, target), timestamp: BigInt(now) }
}

type Moved = Pick<StoredMessage, 'id' | 'key' | 'headers' | 'body' | 'enqueuedAt' | 'expiresAt' | 'failed' | 'history'>

/** A message that goes to another topic, with what has changed. */
export function movedParcel(message: Moved, target: Target): Parcel {
  const { id, enqueuedAt, expiresAt, failed, history } = message
  const headers = new Map<Buffer, Buffer>([[ID, Buffer.from(id)]])
  headers.set(AT, text(enqueuedAt))
  if (expiresAt > 0) headers.set(EXPIRES, text(expiresAt))
  if (failed > 0) headers.set(FAILED, text(failed))
  if (history !== undefined) {
    headers.set(HISTORY, Buffer.from(JSON.stringify(history)))
    headers.set(REASON, Buffer.from(history.at(-1)?.reason ?? '')) // for those who look with other tools
  }
  return parcel(message, headers, target)
}

function parcel(
  { key, headers: given, body }: Pick<StoredMessage, 'key' | 'headers' | 'body'>,
  headers: Map<Buffer, Buffer>,
  { topic, partition, due }: Target,
): Parcel {
  if (due > 0) headers.set(DUE, text(due))
  for (const name in given)
    headers.set(Buffer.from(name.startsWith(OWN) ? ESCAPED + name : name), Buffer.from(given[name] as string))
  const value = Buffer.isBuffer(body) ? body : Buffer.from(body.buffer, body.byteOffset, body.byteLength)
  return key === undefined
    ? { topic, partition, headers, value }
    : { topic, partition, headers, value, key: Buffer.from(key) }
}

function text(number: number): Buffer {
  return Buffer.from(String(number))
}

/** About what a parcel takes on the wire. */
export function parcelBytes({ key, value, headers }: Parcel): number {
  let bytes = 64 + (key?.length ?? 0) + (value?.length ?? 0)
  for (const [name, text] of headers as Map<Buffer, Buffer>) bytes += 4 + name.length + text.length
  return bytes
}

/** What came from the broker, and when it is due (0: now). Records of other programs are taken as they are. */
export function storedMessage(record: Fetched, place: string): { stored: StoredMessage; due: number } {
  let id: string | undefined
  let [failed, at, expiresAt, due] = [0, 0, 0, 0]
  let history: FailedAttempt[] | undefined
  const headers: Record<string, string> = {}
  for (const [name, value] of record.headers) {
    if (name === null) continue
    if (name.equals(ID)) id = value?.toString()
    else if (name.equals(AT)) at = numberOf(value)
    else if (name.equals(EXPIRES)) expiresAt = numberOf(value)
    else if (name.equals(DUE)) due = numberOf(value)
    else if (name.equals(FAILED)) failed = numberOf(value)
    else if (name.equals(HISTORY)) history = historyOf(value?.toString())
    else {
      const given = name.toString()
      if (given.startsWith(ESCAPED)) headers[given.slice(ESCAPED.length)] = value?.toString() ?? ''
      else if (!given.startsWith(OWN)) headers[given] = value?.toString() ?? ''
    }
  }
  id ??= `${place}-${record.offset}`
  // A copy: a slice would keep all that was fetched along with it.
  const body = record.value === null ? new Uint8Array() : Uint8Array.prototype.slice.call(record.value)
  const key = record.key === null || record.key.length === 0 ? undefined : record.key.toString()
  const stored: StoredMessage = {
    seq: record.offset,
    id,
    key,
    group: undefined,
    level: 1,
    failed,
    enqueuedAt: at || record.timestamp,
    expiresAt,
    headers,
    history,
    body,
    bytes: messageBytes({ id, key, headers, body }),
  }
  return { stored, due }
}

function numberOf(value: Buffer | null): number {
  const number = Number(value ?? 0)
  return Number.isFinite(number) ? number : 0
}

function historyOf(text: string | undefined): FailedAttempt[] | undefined {
  if (text === undefined) return undefined
  try {
    const history: unknown = JSON.parse(text)
    return Array.isArray(history) ? (history as FailedAttempt[]) : undefined
  } catch {
    return undefined // written by somebody else: the message itself is still good
  }
}
