import { byteCount, type Bytes } from '../../kernel/bytes.ts'
import { ForebayError } from '../../kernel/errors.ts'
import { operator, type Operator } from '../../kernel/operator.ts'
import { ByteBuffer } from './byte-buffer.ts'
import { bytesOf, type ByteChunk } from './byte-chunk.ts'
import { framing, NEEDS_MORE } from './framing.ts'

/**
 * The same bytes in chunks of `size` bytes; the last one may be shorter.
 *
 * Emits: when `size` bytes are there. Backpressures: when downstream does. Completes: when upstream has and nothing is
 * held. Cancels: when downstream cancels. Loses: nothing.
 */
export function rechunk(size: Bytes): Operator<ByteChunk, Uint8Array> {
  const bytes = byteCount('rechunk', size)
  if (!Number.isInteger(bytes)) throw new RangeError(`rechunk: expected whole bytes, got ${bytes}`)
  return framing<ByteChunk, Uint8Array>('rechunk', () => {
    const held = new ByteBuffer()
    let isOver = false
    return {
      write: (chunk) => held.push(bytesOf('rechunk', chunk)),
      next: () => {
        if (held.length >= bytes) return held.take(bytes)
        return isOver && held.length > 0 ? held.take(held.length) : NEEDS_MORE
      },
      end: () => {
        isOver = true
      },
      get isInside() {
        return held.length > 0
      },
    }
  })
}

/**
 * The same chunks, as long as they are no more than `max` bytes together; the chunk that goes over fails the flow with
 * `FOREBAY_TOO_LARGE`.
 *
 * Emits: when an item arrives. Backpressures: when downstream does. Completes: when upstream completes.
 * Cancels: when downstream cancels, or at the chunk that is too much. Loses: nothing; the chunk that is too much counts
 * as failed.
 */
export function limitBytes(max: Bytes): Operator<ByteChunk, Uint8Array> {
  const limit = byteCount('limitBytes', max)
  return operator<ByteChunk, Uint8Array>('limitBytes', { cardinality: 'one' }, (down) => {
    let total = 0
    return {
      push: (chunk, context) => {
        const bytes = bytesOf('limitBytes', chunk)
        total += bytes.length
        if (total > limit) throw new ForebayError('FOREBAY_TOO_LARGE', `limitBytes: more than ${limit} bytes`)
        down.push(bytes, context)
      },
    }
  })
}
