import { byteCount, type Bytes } from '../../kernel/bytes.ts'
import { checkInteger, checkOneOf } from '../../kernel/check.ts'
import { ForebayError } from '../../kernel/errors.ts'
import type { Operator } from '../../kernel/operator.ts'
import { ByteBuffer } from './byte-buffer.ts'
import { bytesOf, type ByteChunk } from './byte-chunk.ts'
import { framing, NEEDS_MORE } from './framing.ts'

/** Where the length of a frame stands and what it counts. */
export interface LengthFieldOptions {
  /** Bytes of the length field, 1 to 4; default 4. */
  size?: 1 | 2 | 3 | 4
  /** Default `'big'`, the order of networks. */
  endian?: 'big' | 'little'
  /** Bytes before the length field; default 0. */
  offset?: number
  /** What is added to the field to get the bytes behind it: −4 when a field of four bytes counts itself. Default 0. */
  adjust?: number
  /** Whether the header (everything up to the end of the field) stays on the frame; default false. */
  keepHeader?: boolean
  /** Bytes in a whole frame with its header; a longer one fails the flow with `FOREBAY_TOO_LARGE`. */
  maxFrameBytes: Bytes
}

/**
 * The frames of a stream in which each begins with its length. Data that ends inside a frame fails the flow with
 * `FOREBAY_CORRUPT`. The other direction is `lengthPrefixed`.
 *
 * Emits: when a frame is complete. Backpressures: when downstream does. Completes: when upstream has and nothing is
 * held. Cancels: when downstream cancels. Loses: nothing.
 */
export function lengthField(options: LengthFieldOptions): Operator<ByteChunk, Uint8Array> {
  const size = checkInteger('size', options.size ?? 4, 1, 4)
  const endian = checkOneOf('endian', options.endian ?? 'big', ['big', 'little'])
  const offset = checkInteger('offset', options.offset ?? 0, 0)
  const adjust = checkInteger('adjust', options.adjust ?? 0, -0x3fffffff)
  const max = byteCount('maxFrameBytes', options.maxFrameBytes)
  const header = offset + size
  return framing<ByteChunk, Uint8Array>('lengthField', () => {
    const held = new ByteBuffer()
    const frameLength = (): number => {
      let length = 0
      for (let at = 0; at < size; at++) {
        length = length * 256 + held.at(offset + (endian === 'big' ? at : size - 1 - at))
      }
      if (length + adjust < 0) {
        throw new ForebayError('FOREBAY_CORRUPT', `lengthField: a length of ${length} with adjust ${adjust}`)
      }
      return header + length + adjust
    }
    return {
      write: (chunk) => held.push(bytesOf('lengthField', chunk)),
      next: () => {
        if (held.length < header) return NEEDS_MORE
        const length = frameLength()
        if (length > max) {
          throw new ForebayError('FOREBAY_TOO_LARGE', `lengthField: a frame of ${length} bytes, ${max} allowed`)
        }
        if (held.length < length) return NEEDS_MORE
        const frame = held.take(length)
        return options.keepHeader === true ? frame : frame.subarray(header)
      },
      end: () => {
        if (held.length === 0) return
        throw new ForebayError('FOREBAY_CORRUPT', `lengthField: the data ends ${held.length} bytes into a frame`)
      },
      get isInside() {
        return held.length > 0
      },
    }
  })
}

/** Options of {@link lengthPrefixed}. */
export interface LengthPrefixedOptions {
  size?: 1 | 2 | 3 | 4
  endian?: 'big' | 'little'
}

/**
 * Each chunk behind its length in bytes, for `lengthField` to read. A chunk that is too long for the field fails the
 * flow with `FOREBAY_TOO_LARGE`.
 *
 * Emits: when an item arrives. Backpressures: when downstream does. Completes: when upstream completes.
 * Cancels: when downstream cancels. Loses: nothing.
 */
export function lengthPrefixed(options: LengthPrefixedOptions = {}): Operator<ByteChunk, Uint8Array> {
  const size = checkInteger('size', options.size ?? 4, 1, 4)
  const endian = checkOneOf('endian', options.endian ?? 'big', ['big', 'little'])
  return {
    kind: 'map',
    name: 'lengthPrefixed',
    fn: (chunk) => {
      const bytes = bytesOf('lengthPrefixed', chunk)
      if (bytes.length >= 256 ** size) {
        throw new ForebayError('FOREBAY_TOO_LARGE', `lengthPrefixed: ${bytes.length} bytes in a field of ${size}`)
      }
      const framed = new Uint8Array(size + bytes.length)
      for (let at = 0, rest = bytes.length; at < size; at++, rest = Math.floor(rest / 256)) {
        framed[endian === 'big' ? size - 1 - at : at] = rest % 256
      }
      framed.set(bytes, size)
      return framed
    },
  }
}
