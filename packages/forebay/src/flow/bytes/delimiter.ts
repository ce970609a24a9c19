import { byteCount, type Bytes } from '../../kernel/bytes.ts'
import { ForebayError } from '../../kernel/errors.ts'
import type { Operator } from '../../kernel/operator.ts'
import { ByteBuffer } from './byte-buffer.ts'
import { bytesOf, type ByteChunk } from './byte-chunk.ts'
import { framing, NEEDS_MORE } from './framing.ts'

/** Options of {@link delimiter}. */
export interface DelimiterOptions {
  /** Bytes in a frame, without the delimiter; a longer one fails the flow with `FOREBAY_TOO_LARGE`. */
  maxFrameBytes: Bytes
  /** Whether the data must end in a delimiter: bytes behind the last one then fail the flow with `FOREBAY_CORRUPT`. Default: they are a last frame. */
  mustEnd?: boolean
}

/**
 * The frames between delimiters, as bytes without them. A frame is a view of a chunk where it lies in one: copy what
 * is kept for long. For lines of text see `lines`.
 *
 * Emits: when a delimiter has come. Backpressures: when downstream does. Completes: when upstream has and nothing is
 * held; bytes behind the last delimiter are a frame, unless `mustEnd` is set. Cancels: when downstream cancels.
 * Loses: nothing.
 */
export function delimiter(mark: ByteChunk, options: DelimiterOptions): Operator<ByteChunk, Uint8Array> {
  const end = bytesOf('delimiter', mark).slice()
  if (end.length === 0) throw new RangeError('delimiter: expected at least one byte')
  const max = byteCount('maxFrameBytes', options.maxFrameBytes)
  return framing<ByteChunk, Uint8Array>('delimiter', () => {
    const held = new ByteBuffer()
    /** No delimiter begins before this byte, so it is not looked at again. */
    let searched = 0
    let isOver = false
    const find = (): number => {
      for (let at = searched; ; at++) {
        at = held.indexOf(end[0] as number, at)
        if (at === -1) {
          searched = held.length
          return -1
        }
        searched = at
        if (at + end.length > held.length) return -1
        if (end.every((byte, index) => held.at(at + index) === byte)) return at
      }
    }
    const tooLarge = (): ForebayError =>
      new ForebayError('FOREBAY_TOO_LARGE', `delimiter: a frame is longer than ${max} bytes`)
    return {
      write: (chunk) => held.push(bytesOf('delimiter', chunk)),
      next: () => {
        const at = find()
        if (at > max || (at === -1 && searched > max)) throw tooLarge()
        if (at !== -1) {
          searched = 0
          const frame = held.take(at)
          held.take(end.length)
          return frame
        }
        if (!isOver || held.length === 0) return NEEDS_MORE
        if (held.length > max) throw tooLarge()
        searched = 0
        return held.take(held.length)
      },
      end: () => {
        isOver = true
        if (options.mustEnd === true && held.length > 0) {
          throw new ForebayError('FOREBAY_CORRUPT', `delimiter: ${held.length} bytes behind the last delimiter`)
        }
      },
      get isInside() {
        return held.length > 0
      },
    }
  })
}
