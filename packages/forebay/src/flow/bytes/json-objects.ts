import { byteCount, type Bytes } from '../../kernel/bytes.ts'
import { ForebayError } from '../../kernel/errors.ts'
import type { Operator } from '../../kernel/operator.ts'
import { ByteBuffer } from './byte-buffer.ts'
import { bytesOf, type ByteChunk } from './byte-chunk.ts'
import { framing, NEEDS_MORE } from './framing.ts'

const [QUOTE, BACKSLASH, COMMA] = [0x22, 0x5c, 0x2c]
const [OPEN_OBJECT, CLOSE_OBJECT, OPEN_ARRAY, CLOSE_ARRAY] = [0x7b, 0x7d, 0x5b, 0x5d]

/** Options of {@link jsonObjects}. */
export interface JsonObjectsOptions {
  /** Bytes in an object; a longer one fails the flow with `FOREBAY_TOO_LARGE`. */
  maxObjectBytes: Bytes
}

/**
 * The texts of the JSON objects in a stream of bytes, whether they stand in one large array, behind each other, or on
 * lines. Only braces and strings are looked at: `parseJson` behind it finds what is wrong inside an object. Anything
 * else between objects than white space, commas and the brackets of an array around them fails the flow with
 * `FOREBAY_CORRUPT`, and so does data that ends inside an object.
 *
 * Emits: when an object is complete. Backpressures: when downstream does. Completes: when upstream has and nothing is
 * held. Cancels: when downstream cancels. Loses: nothing.
 */
export function jsonObjects(options: JsonObjectsOptions): Operator<ByteChunk, string> {
  const max = byteCount('maxObjectBytes', options.maxObjectBytes)
  return framing<ByteChunk, string>('jsonObjects', () => {
    const held = new ByteBuffer()
    const decoder = new TextDecoder()
    let at = 0
    let depth = 0
    let isText = false
    let position = 0
    const corrupt = (what: string): ForebayError =>
      new ForebayError('FOREBAY_CORRUPT', `jsonObjects: ${what} at byte ${position + at}`)
    const drop = (count: number): void => {
      held.take(count)
      position += count
      at = 0
    }
    /** Looks at one byte inside an object; true when it was the last. */
    const step = (byte: number): boolean => {
      if (isText) {
        if (byte === BACKSLASH) at++
        else if (byte === QUOTE) isText = false
      } else if (byte === QUOTE) isText = true
      else if (byte === OPEN_OBJECT || byte === OPEN_ARRAY) depth++
      else if (byte === CLOSE_OBJECT || byte === CLOSE_ARRAY) depth--
      at++
      return depth === 0
    }
    const outside = (byte: number): void => {
      if (byte === OPEN_OBJECT) return
      const isBetween = byte === COMMA || byte === OPEN_ARRAY || byte === CLOSE_ARRAY
      if (!isBetween && byte !== 0x20 && byte !== 0x0a && byte !== 0x0d && byte !== 0x09) {
        throw corrupt(`a byte 0x${byte.toString(16)} between objects`)
      }
      drop(1)
    }
    return {
      write: (chunk) => held.push(bytesOf('jsonObjects', chunk)),
      next: () => {
        while (at < held.length) {
          const byte = held.at(at)
          if (depth === 0 && byte !== OPEN_OBJECT) {
            outside(byte)
            continue
          }
          const isLast = step(byte)
          if (at > max) throw new ForebayError('FOREBAY_TOO_LARGE', `jsonObjects: an object of more than ${max} bytes`)
          if (!isLast) continue
          const length = at
          const text = decoder.decode(held.take(length))
          position += length
          at = 0
          return text
        }
        return NEEDS_MORE
      },
      end: () => {
        if (held.length > 0) throw corrupt('the data ends inside an object that is open')
      },
      get isInside() {
        return held.length > 0
      },
    }
  })
}
