import type { Codec } from './codec.ts'
import type { PeekedMessage } from './queue.ts'
import type { StoredMessage } from './stored-message.ts'

/** What somebody sees who looks at a stored message, of which `failed` attempts have failed. */
export function pictureOf<T>(message: StoredMessage, failed: number, codec: Codec<T>): PeekedMessage<T> {
  return {
    id: message.id,
    body: decode(message.body, codec),
    ...(message.key !== undefined && { key: message.key }),
    ...(message.group !== undefined && { group: message.group }),
    level: message.level,
    attempts: failed,
    enqueuedAt: message.enqueuedAt,
    bytes: message.bytes,
    headers: message.headers ?? {},
    history: message.history ?? [],
  }
}

function decode<T>(bytes: Uint8Array, codec: Codec<T>): T | undefined {
  try {
    return codec.decode(bytes)
  } catch {
    return undefined
  }
}
