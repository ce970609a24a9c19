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

export function encodeChunk(messages: readonly StoredMessage[]): Buffer {
  const texts = messages.map(textsOf)
  let size = HEAD
  let bytes = 0
  messages.forEach((message, index) => {
    size += FIXED + 4 + message.body.length
    bytes += message.bytes
    for (const text of texts[index] as Texts) if (text !== undefined) size += 4 + Buffer.byteLength(text)
  })
  const out = Buffer.allocUnsafe(size)
  let at = HEAD
  messages.forEach((message, index) => {
    at = writeMessage(out, at, message, texts[index] as Texts)
  })
  out.writeUInt32LE(MAGIC, 0)
  out.writeUInt32LE(messages.length, 8)
  out.writeDoubleLE(bytes, 12)
  out.writeDoubleLE(messages[0]?.enqueuedAt ?? 0, 20)
  out.writeUInt32LE(crc32(out.subarray(HEAD)), 28)
  out.writeUInt32LE(crc32(out.subarray(8, HEAD)), 4)
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
    let at = HEAD
    for (let i = 0; i < head.count; i++) at = readMessage(buffer, at, messages)
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

function textsOf({ id, seq, key, group, headers, history }: StoredMessage): Texts {
  return [
    id === String(seq) ? undefined : id, // the queue's own ids need no room
    key,
    group,
    headers === undefined ? undefined : JSON.stringify(headers),
    history === undefined ? undefined : JSON.stringify(history),
  ]
}

function writeMessage(out: Buffer, start: number, message: StoredMessage, texts: Texts): number {
  let flags = 0
  texts.forEach((text, bit) => {
    if (text !== undefined) flags |= 1 << bit
  })
  out.writeDoubleLE(message.seq, start)
  out.writeDoubleLE(message.enqueuedAt, start + 8)
  out.writeDoubleLE(message.expiresAt, start + 16)
  out.writeUInt32LE(message.bytes, start + 24)
  out.writeUInt8(message.level, start + 28)
  out.writeUInt8(flags, start + 29)
  out.writeUInt16LE(Math.min(0xffff, message.failed), start + 30)
  let at = start + FIXED
  for (const text of texts) {
    if (text === undefined) continue
    const length = out.write(text, at + 4, 'utf8')
    out.writeUInt32LE(length, at)
    at += 4 + length
  }
  out.writeUInt32LE(message.body.length, at)
  out.set(message.body, at + 4)
  return at + 4 + message.body.length
}

function readMessage(buffer: Buffer, start: number, into: StoredMessage[]): number {
  const flags = buffer.readUInt8(start + 29)
  let at = start + FIXED
  const text = (flag: number): string | undefined => {
    if ((flags & flag) === 0) return undefined
    const length = buffer.readUInt32LE(at)
    const value = buffer.toString('utf8', at + 4, at + 4 + length)
    at += 4 + length
    return value
  }
  const seq = buffer.readDoubleLE(start)
  const id = text(HAS.id) ?? String(seq)
  const key = text(HAS.key)
  const group = text(HAS.group)
  const headers = text(HAS.headers)
  const history = text(HAS.history)
  const length = buffer.readUInt32LE(at)
  into.push({
    seq,
    id,
    key,
    group,
    level: (buffer.readUInt8(start + 28) & 3) as StoredMessage['level'],
    failed: buffer.readUInt16LE(start + 30),
    enqueuedAt: buffer.readDoubleLE(start + 8),
    expiresAt: buffer.readDoubleLE(start + 16),
    headers: headers === undefined ? undefined : (JSON.parse(headers) as Record<string, string>),
    history: history === undefined ? undefined : (JSON.parse(history) as NonNullable<StoredMessage['history']>),
    body: buffer.subarray(at + 4, at + 4 + length),
    bytes: buffer.readUInt32LE(start + 24),
  })
  return at + 4 + length
}
