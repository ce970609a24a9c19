import { show } from '../../kernel/check.ts'

/** A piece of a stream of bytes; text stands for its UTF-8. */
export type ByteChunk = Uint8Array | string

const encoder = new TextEncoder()

/** The bytes of a chunk. Throws `TypeError` for anything else. */
export function bytesOf(name: string, chunk: unknown): Uint8Array {
  if (chunk instanceof Uint8Array) return chunk
  if (typeof chunk === 'string') return encoder.encode(chunk)
  throw new TypeError(`${name}: expected bytes or text, got ${show(chunk)}`)
}

/** The bytes of a text in UTF-8, without making them. */
export function utf8Length(text: string): number {
  let bytes = text.length
  for (let at = 0; at < text.length; at++) {
    const unit = text.charCodeAt(at)
    if (unit < 0x80) continue
    bytes += unit < 0x800 ? 1 : 2
    // A pair of surrogates is four bytes for two units; a lone one becomes U+FFFD, three.
    if (unit >= 0xd800 && unit < 0xdc00 && isLow(text.charCodeAt(at + 1))) {
      at++
    }
  }
  return bytes
}

function isLow(unit: number): boolean {
  return unit >= 0xdc00 && unit < 0xe000
}
