import { bytesOf, type ByteChunk } from '../flow/bytes/byte-chunk.ts'
import { limitBytes } from '../flow/bytes/rechunk.ts'
import type { Flow } from '../flow/flow.ts'
import { byteCount, type Bytes } from '../kernel/bytes.ts'
import { ForebayError } from '../kernel/errors.ts'
import { openPair, through, type StreamPair } from './through-stream.ts'

type Format = 'gzip' | 'deflate'
type Make = new (format: Format) => StreamPair<Uint8Array, Uint8Array>

/** Options of {@link gunzip} and {@link inflate}. */
export interface UnpackOptions {
  /** Bytes that may come out; more fail the flow with `FOREBAY_TOO_LARGE`, because a few bytes can unpack to gigabytes. Default no limit. */
  maxOutputBytes?: Bytes
}

/**
 * Bytes and text as gzip. The bytes come out when the runtime has enough of them, so the items are in no chunk of
 * their own.
 *
 * Emits: when the compressor has bytes and downstream wants some. Backpressures: when downstream does, or while an item
 * is being compressed. Completes: when upstream has and the last bytes are out. Cancels: when downstream cancels. Loses:
 * nothing; a failure upstream takes the bytes that are still inside, which are counted as `failed`.
 */
export function gzip(): (flow: Flow<ByteChunk>) => Flow<Uint8Array> {
  return packed('gzip', 'gzip')
}

/**
 * What {@link gzip} has packed, as it was. Bytes that are no gzip, and gzip that is cut short or damaged, fail the flow
 * with `FOREBAY_CORRUPT` behind what could be unpacked.
 *
 * Emits: when there are unpacked bytes and downstream wants some. Backpressures: when downstream does. Completes: when
 * upstream has and everything is unpacked. Cancels: when downstream cancels, or at `maxOutputBytes`. Loses: nothing; a
 * failure upstream takes the bytes that are still inside, which are counted as `failed`.
 */
export function gunzip(options: UnpackOptions = {}): (flow: Flow<Uint8Array>) => Flow<Uint8Array> {
  return unpacked('gunzip', 'gzip', options)
}

/** Like {@link gzip}, in the zlib format that HTTP calls deflate. */
export function deflate(): (flow: Flow<ByteChunk>) => Flow<Uint8Array> {
  return packed('deflate', 'deflate')
}

/** Like {@link gunzip}, for what {@link deflate} has packed. */
export function inflate(options: UnpackOptions = {}): (flow: Flow<Uint8Array>) => Flow<Uint8Array> {
  return unpacked('inflate', 'deflate', options)
}

function packed(name: string, format: Format): (flow: Flow<ByteChunk>) => Flow<Uint8Array> {
  const piece = through<Uint8Array, Uint8Array>({ name, open: () => openPair(make(name, 'CompressionStream', format)) })
  return (flow) => flow.map((chunk) => bytesOf(name, chunk)).via(piece)
}

function unpacked(
  name: string,
  format: Format,
  { maxOutputBytes }: UnpackOptions,
): (flow: Flow<Uint8Array>) => Flow<Uint8Array> {
  const limit = maxOutputBytes === undefined ? undefined : limitBytes(byteCount('maxOutputBytes', maxOutputBytes))
  const piece = through<Uint8Array, Uint8Array>({
    name,
    open: () => openPair(make(name, 'DecompressionStream', format)),
    failure: (cause) =>
      new ForebayError('FOREBAY_CORRUPT', `${name}: the bytes are damaged, cut short, or no ${format}`, { cause }),
  })
  return (flow) => (limit === undefined ? flow.via(piece) : flow.via(piece).via(limit))
}

function make(
  name: string,
  stream: 'CompressionStream' | 'DecompressionStream',
  format: Format,
): StreamPair<Uint8Array, Uint8Array> {
  const Stream = (globalThis as unknown as Record<string, Make | undefined>)[stream]
  if (Stream === undefined) {
    throw new ForebayError('FOREBAY_UNSUPPORTED', `${name}: this runtime has no ${stream}`)
  }
  return new Stream(format)
}
