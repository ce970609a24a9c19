import { crc32 } from 'node:zlib'
import type { StoredMessage } from 'forebay/queue'

/**
 * How a chunk lies on disk, little endian:
 *
 *     magic u32 | crc of the head u32 | count u32 | bytes f64 | stamp f64 | crc of the rest u32 | messages …
 *
 * and each message:
 *
 *     seq f64 | enqueuedAt f64 | expiresAt f64 | bytes u32 | level u8 | flags u8 | failed u16 | id? key? group?
 *     headers? history? (u32 length and UTF-8 each, as the flags say) | length of the body u32 | body
 *
 * The head has a checksum of its own, so that of a damaged chunk it is at least known what was lost.
 */
const MAGIC = 0x31434246 // 'FBC1'
const HEAD = 32
const FIXED = 32
const HAS = { id: 1, key: 2, group: 4, headers: 8, history: 16 } as const

export interface ChunkHead {
  readonly count: number
  readonly bytes: number
  /** `enqueuedAt` of the first message. */
  readonly stamp: number
}

/** The bytes of a chunk, in a buffer of the right size that `allocate` gives. */
export function encodeChunk(messages: readonly StoredMessage[], allocate: (size: number) => Buffer): Buffer {
  const texts = messages.map(textsOf)
  let size = HEAD
  let bytes = 0
  for (let index = 0; index < messages.length; index++) {
    const message = messages[index] as StoredMessage
    size += FIXED + 4 + message.body.length + sizeOf(texts[index])
    bytes += message.bytes
  }
  const out = allocate(size)
  const view = new DataView(out.buffer, out.byteOffset, size)
  let at = HEAD
  for (let index = 0; index < messages.length; index++)
    at = writeMessage(out, view, at, messages[index] as StoredMessage, texts[index])
  view.setUint32(0, MAGIC, true)
  view.setUint32(8, messages.length, true)
  view.setFloat64(12, bytes, true)
  view.setFloat64(20, messages[0]?.enqueuedAt ?? 0, true)
  view.setUint32(28, crc32(out.subarray(HEAD)), true)
  view.setUint32(4, crc32(out.subarray(8, HEAD)), true)
  return out
}

/** The head of a chunk; `undefined` when it is damaged. */
export function decodeHead(buffer: Buffer): ChunkHead | undefined {
  if (buffer.length < HEAD || buffer.readUInt32LE(0) !== MAGIC) return undefined
  if (buffer.readUInt32LE(4) !== crc32(buffer.subarray(8, HEAD))) return undefined
  return { count: buffer.readUInt32LE(8), bytes: buffer.readDoubleLE(12), stamp: buffer.readDoubleLE(20) }
}

/** The messages of a chunk, whose bodies are views of `buffer`; `undefined` when it is damaged. */
export function decodeChunk(buffer: Buffer): StoredMessage[] | undefined {
  const head = decodeHead(buffer)
  if (head === undefined || buffer.readUInt32LE(28) !== crc32(buffer.subarray(HEAD))) return undefined
  try {
    const messages: StoredMessage[] = []
    const view = new DataView(buffer.buffer, buffer.byteOffset, buffer.length)
    let at = HEAD
    for (let i = 0; i < head.count; i++) at = readMessage(buffer, view, at, messages)
    return messages
  } catch {
    return undefined // the checksum fits and the contents do not: written by something else
  }
}

type Texts = readonly [
  id: string | undefined,
  key: string | undefined,
  group: string | undefined,
  headers: string | undefined,
  history: string | undefined,
]

/** The texts of a message; absent when it has none but the id that the queue gave it, which needs no room. */
function textsOf({ id, seq, key, group, headers, history }: StoredMessage): Texts | undefined {
  const ownId = id === String(seq) ? undefined : id
  if (ownId === undefined && key === undefined && group === undefined && headers === undefined && history === undefined)
    return undefined
  return [
    ownId,
    key,
    group,
    headers === undefined ? undefined : JSON.stringify(headers),
    history === undefined ? undefined : JSON.stringify(history),
  ]
}

function sizeOf(texts: Texts | undefined): number {
  let size = 0
  if (texts !== undefined) for (const text of texts) if (text !== undefined) size += 4 + Buffer.byteLength(text)
  return size
}

function writeMessage(
  out: Buffer,
  view: DataView,
  start: number,
  message: StoredMessage,
  texts: Texts | undefined,
): number {
  view.setFloat64(start, message.seq, true)
  view.setFloat64(start + 8, message.enqueuedAt, true)
  view.setFloat64(start + 16, message.expiresAt, true)
  view.setUint32(start + 24, message.bytes, true)
  view.setUint8(start + 28, message.level)
  view.setUint16(start + 30, Math.min(0xffff, message.failed), true)
  let flags = 0
  let at = start + FIXED
  for (let bit = 0; texts !== undefined && bit < texts.length; bit++) {
    const text = texts[bit]
    if (text === undefined) continue
    flags |= 1 << bit
    const length = out.write(text, at + 4, 'utf8')
    view.setUint32(at, length, true)
    at += 4 + length
  }
  view.setUint8(start + 29, flags)
  view.setUint32(at, message.body.length, true)
  out.set(message.body, at + 4)
  return at + 4 + message.body.length
}

function readMessage(buffer: Buffer, view: DataView, start: number, into: StoredMessage[]): number {
  const flags = view.getUint8(start + 29)
  let at = start + FIXED
  const text = (flag: number): string | undefined => {
    if ((flags & flag) === 0) return undefined
    const length = view.getUint32(at, true)
    const value = buffer.toString('utf8', at + 4, at + 4 + length)
    at += 4 + length
    return value
  }
  const seq = view.getFloat64(start, true)
  const id = text(HAS.id) ?? String(seq)
  const key = text(HAS.key)
  const group = text(HAS.group)
  const headers = text(HAS.headers)
  const history = text(HAS.history)
  const length = view.getUint32(at, true)
  into.push({
    seq,
    id,
    key,
    group,
    level: (view.getUint8(start + 28) & 3) as StoredMessage['level'],
    failed: view.getUint16(start + 30, true),
    enqueuedAt: view.getFloat64(start + 8, true),
    expiresAt: view.getFloat64(start + 16, true),
    headers: headers === undefined ? undefined : (JSON.parse(headers) as Record<string, string>),
    history: history === undefined ? undefined : (JSON.parse(history) as NonNullable<StoredMessage['history']>),
    body: new Uint8Array(buffer.buffer, buffer.byteOffset + at + 4, length),
    bytes: view.getUint32(start + 24, true),
  })
  return at + 4 + length
}
