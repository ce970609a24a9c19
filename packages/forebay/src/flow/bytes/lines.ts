import { byteCount, type Bytes } from '../../kernel/bytes.ts'
import type { Operator } from '../../kernel/operator.ts'
import { bytesOf, type ByteChunk } from './byte-chunk.ts'
import { framing, NEEDS_MORE } from './framing.ts'
import { LineCutter } from './line-cutter.ts'

/** Options of {@link lines}. */
export interface LinesOptions {
  /** Bytes in a line, without its end; a longer one fails the flow with `FOREBAY_TOO_LARGE`. Default 1 MiB. */
  maxLineBytes?: Bytes
}

/**
 * The lines of UTF-8 bytes or text, without their ends (`\n` or `\r\n`); chunks may be cut anywhere.
 *
 * Emits: when a line is complete. Backpressures: when downstream does. Completes: when upstream has and nothing is
 * held; a last line without an end counts. Cancels: when downstream cancels. Loses: nothing.
 *
 * @example
 * flow(chunks).via(lines()).map(JSON.parse)
 */
export function lines(options: LinesOptions = {}): Operator<ByteChunk, string> {
  const maxLineBytes = options.maxLineBytes === undefined ? 1024 ** 2 : byteCount('maxLineBytes', options.maxLineBytes)
  return framing<ByteChunk, string>('lines', () => {
    const cutter = new LineCutter({ maxLineBytes, name: 'lines', decode })
    let ready: string[] = []
    let next = 0
    const take = (found: string[]): void => {
      ready = found
      next = 0
    }
    return {
      write: (chunk) => take(cutter.cut(bytesOf('lines', chunk))),
      next: () => {
        if (next < ready.length) return ready[next++] as string
        if (cutter.failure !== undefined) throw cutter.failure
        return NEEDS_MORE
      },
      end: () => take(cutter.finish()),
      get isInside() {
        return cutter.isInside
      },
    }
  })
}

// A byte-order mark is left in: the cutter takes it off where it stands first.
const decoder = new TextDecoder('utf-8', { ignoreBOM: true })

function decode(parts: readonly Uint8Array[]): string {
  const [only] = parts
  if (parts.length === 1) return decoder.decode(only)
  return parts.map((part) => decoder.decode(part, { stream: true })).join('') + decoder.decode()
}
