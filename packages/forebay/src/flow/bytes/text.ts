import { ForebayError } from '../../kernel/errors.ts'
import { checkFunction, show } from '../../kernel/check.ts'
import { operator, type Operator } from '../../kernel/operator.ts'
import { bytesOf, type ByteChunk } from './byte-chunk.ts'
import { framing, NEEDS_MORE } from './framing.ts'

/** Options of {@link decodeText}. */
export interface DecodeTextOptions {
  /** A label of the Encoding standard; default `'utf-8'`. */
  encoding?: string
  /** Whether bytes that are no text fail the flow with `FOREBAY_CORRUPT`; default: they become U+FFFD. */
  fatal?: boolean
}

/**
 * The text of bytes, however characters are cut over chunks. A byte-order mark is left out.
 *
 * Emits: when bytes that end a character arrive. Backpressures: when downstream does. Completes: when upstream has and
 * nothing is held. Cancels: when downstream cancels. Loses: nothing; with `fatal` not set, half a character at the end
 * becomes U+FFFD.
 */
export function decodeText(options: DecodeTextOptions = {}): Operator<ByteChunk, string> {
  const { encoding = 'utf-8', fatal = false } = options
  new TextDecoder(encoding) // an unknown encoding is refused now
  return framing<ByteChunk, string>('decodeText', () => {
    const decoder = new TextDecoder(encoding, { fatal })
    let text = ''
    /** Bytes of a character that is not complete may be held. */
    let isInside = false
    const decode = (bytes: Uint8Array | undefined): void => {
      try {
        text = bytes === undefined ? decoder.decode() : decoder.decode(bytes, { stream: true })
      } catch (error) {
        throw new ForebayError('FOREBAY_CORRUPT', `decodeText: bytes that are not ${encoding}`, { cause: error })
      }
    }
    return {
      write: (chunk) => {
        const bytes = bytesOf('decodeText', chunk)
        decode(bytes)
        if (bytes.length > 0) isInside = (bytes[bytes.length - 1] as number) > 127 || (text === '' && isInside)
      },
      next: () => {
        if (text === '') return NEEDS_MORE
        const ready = text
        text = ''
        return ready
      },
      end: () => {
        decode(undefined)
        isInside = false
      },
      get isInside() {
        return isInside
      },
    }
  })
}

const encoder = new TextEncoder()

/**
 * The UTF-8 bytes of text. Half a pair of surrogates at the end of a chunk goes with the next one.
 *
 * Emits: when an item arrives. Backpressures: when downstream does. Completes: when upstream completes.
 * Cancels: when downstream cancels. Loses: nothing.
 */
export function encodeText(): Operator<string, Uint8Array> {
  return framing<string, Uint8Array>('encodeText', () => {
    let ready = ''
    let half = ''
    return {
      write: (text) => {
        if (typeof text !== 'string') throw new TypeError(`encodeText: expected text, got ${show(text)}`)
        ready = half + text
        const last = ready.charCodeAt(ready.length - 1)
        half = last >= 0xd800 && last < 0xdc00 ? ready.slice(-1) : ''
        if (half !== '') ready = ready.slice(0, -1)
      },
      next: () => {
        if (ready === '') return NEEDS_MORE
        const bytes = encoder.encode(ready)
        ready = ''
        return bytes
      },
      end: () => {
        ready = half
        half = ''
      },
      get isInside() {
        return half !== ''
      },
    }
  })
}

/** What becomes of text that is no JSON. */
export interface ParseJsonOptions<T> {
  /** `'fail'` (default) ends the flow with `FOREBAY_CORRUPT`; `'drop'` throws the text away, counted as `malformed`. */
  onMalformed?: 'fail' | 'drop'
  /** Makes the value what it should be, or throws; what it throws makes the text malformed. */
  validate?: (value: unknown) => T
}

/**
 * The value of each text of JSON: behind `lines` that is NDJSON, behind `jsonObjects` everything else.
 *
 * Emits: when an item arrives that is JSON. Backpressures: when downstream does. Completes: when upstream completes.
 * Cancels: when downstream cancels. Loses: nothing by default; with `onMalformed: 'drop'` the text that is no JSON.
 */
export function parseJson<T = unknown>(options: ParseJsonOptions<T> = {}): Operator<string, T> {
  const { onMalformed = 'fail', validate } = options
  if (onMalformed !== 'fail' && onMalformed !== 'drop') {
    throw new RangeError(`onMalformed: expected fail or drop, got ${show(onMalformed)}`)
  }
  if (validate !== undefined) checkFunction('validate', validate)
  const loses = onMalformed === 'drop' ? { loses: 'text that is no JSON' } : {}
  return operator<string, T>('parseJson', { cardinality: 'filter', ...loses }, (down, control) => {
    let count = 0
    return {
      push: (text, context) => {
        count++
        let value: unknown
        try {
          value = JSON.parse(text)
          if (validate !== undefined) value = validate(value)
        } catch (error) {
          if (onMalformed === 'drop') return control.discard(context, 'malformed')
          throw new ForebayError('FOREBAY_CORRUPT', `parseJson: item ${count}: ${messageOf(error)}`, { cause: error })
        }
        down.push(value as T, context)
      },
    }
  })
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : show(error)
}
