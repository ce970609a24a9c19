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

/** An item that is put now. */
export function outgoingParcel(item: Outgoing, target: Target, now: number): Parcel {
  const expiresAt = item.ttlMs === Infinity ? 0 : now + item.ttlMs
  return movedParcel({ ...item, enqueuedAt: now, expiresAt, failed: 0, history: undefined }, target)
}

type Moved = Pick<StoredMessage, 'id' | 'key' | 'headers' | 'body' | 'enqueuedAt' | 'expiresAt' | 'failed' | 'history'>

/** A message that goes to another topic, with what has changed. */
export function movedParcel(message: Moved, { topic, partition, due }: Target): Parcel {
  const headers = new Map<Buffer, Buffer>()
  const add = (name: string, value: string | number): void => {
    headers.set(Buffer.from(name), Buffer.from(String(value)))
  }
  add(`${OWN}id`, message.id)
  add(`${OWN}at`, message.enqueuedAt)
  if (message.expiresAt > 0) add(`${OWN}expires`, message.expiresAt)
  if (due > 0) add(`${OWN}due`, due)
  if (message.failed > 0) add(`${OWN}failed`, message.failed)
  if (message.history !== undefined) {
    add(`${OWN}history`, JSON.stringify(message.history))
    add(`${OWN}reason`, message.history.at(-1)?.reason ?? '') // for those who look with other tools
  }
  for (const name in message.headers) add(name.startsWith(OWN) ? ESCAPED + name : name, message.headers[name] as string)
  const { body, key } = message
  const value = Buffer.from(body.buffer, body.byteOffset, body.byteLength)
  return { topic, partition, headers, value, ...(key !== undefined && { key: Buffer.from(key) }) }
}

/** About what a parcel takes on the wire. */
export function parcelBytes({ key, value, headers }: Parcel): number {
  let bytes = 64 + (key?.length ?? 0) + (value?.length ?? 0)
  for (const [name, text] of headers as Map<Buffer, Buffer>) bytes += 4 + name.length + text.length
  return bytes
}

/** What came from the broker, and when it is due (0: now). Records of other programs are taken as they are. */
export function storedMessage(record: Fetched, place: string): { stored: StoredMessage; due: number } {
  const own = new Map<string, string>()
  const headers: Record<string, string> = {}
  for (const [key, text] of record.headers) {
    const name = key?.toString() ?? ''
    const value = text?.toString() ?? ''
    if (name.startsWith(ESCAPED)) headers[name.slice(ESCAPED.length)] = value
    else if (name.startsWith(OWN)) own.set(name.slice(OWN.length), value)
    else headers[name] = value
  }
  const number = (name: string): number => {
    const value = Number(own.get(name) ?? 0)
    return Number.isFinite(value) ? value : 0
  }
  // A copy: a slice would keep all that was fetched along with it.
  const body = record.value === null ? new Uint8Array() : Uint8Array.prototype.slice.call(record.value)
  const key = record.key === null || record.key.length === 0 ? undefined : record.key.toString()
  const parts = { id: own.get('id') ?? `${place}-${record.offset}`, key, headers, body }
  const stored: StoredMessage = {
    seq: record.offset,
    ...parts,
    group: undefined,
    level: 1,
    failed: number('failed'),
    enqueuedAt: number('at') || record.timestamp,
    expiresAt: number('expires'),
    history: historyOf(own.get('history')),
    bytes: messageBytes(parts),
  }
  return { stored, due: number('due') }
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
