import { createReadStream } from 'node:fs'
import { addAbortSignal, pipeline, Readable } from 'node:stream'
import { fileURLToPath } from 'node:url'
import { createGunzip } from 'node:zlib'
import { Flow } from '../flow/flow.ts'
import { chunksSource } from '../flow/sources/chunks.ts'
import { useOnce } from '../flow/sources/one-shot.ts'
import { byteCount, type Bytes } from '../kernel/bytes.ts'
import { show } from '../kernel/check.ts'
import { linesOf } from './lines.ts'

/** Bytes read at once. */
const CHUNK_BYTES = 256 * 1024

/** Where bytes come from: the path or `file:` URL of a file, or a stream of bytes or text. */
export type ByteSource = string | URL | Readable | AsyncIterable<Uint8Array | string>

export interface ReadLinesOptions {
  /** Bytes in a line, without its end; a longer one fails the flow with `FOREBAY_TOO_LARGE`. Default 1 MiB. */
  maxLineBytes?: Bytes
  /** Whether the bytes are gzip; default: when the name ends in `.gz`. */
  gzip?: boolean
}

/**
 * The lines of a file or a stream of UTF-8 text, without their ends. A file is opened anew for each run, when
 * the first line is wanted, and closed once, however the run ends; a stream can be read once.
 *
 * Emits: when a line is complete. Backpressures: when downstream does; at most one chunk (256 KiB) is read ahead.
 * Completes: at the end of the data. Cancels: when downstream cancels; the file is closed. Loses: nothing.
 */
export function readLines(source: ByteSource, options: ReadLinesOptions = {}): Flow<string> {
  const maxLineBytes = options.maxLineBytes === undefined ? 1024 ** 2 : byteCount('maxLineBytes', options.maxLineBytes)
  const name = nameOf('readLines', source)
  const open = (signal: AbortSignal): AsyncIterable<string[]> =>
    linesOf(openBytes(source, options.gzip, signal), { maxLineBytes, name })
  return new Flow<string>(chunksSource(name, open, { bound: CHUNK_BYTES, boundBytes: CHUNK_BYTES + maxLineBytes }))
}

/**
 * The bytes of a file, a chunk at a time; `readLines` gives text by lines instead.
 *
 * Emits: when a chunk has been read. Backpressures: when downstream does. Completes: at the end of the file.
 * Cancels: when downstream cancels; the file is closed. Loses: nothing.
 */
export function readFile(path: string | URL, options: { chunkBytes?: Bytes; gzip?: boolean } = {}): Flow<Uint8Array> {
  const size = options.chunkBytes === undefined ? CHUNK_BYTES : byteCount('chunkBytes', options.chunkBytes)
  const open = (signal: AbortSignal): AsyncIterable<Uint8Array[]> =>
    inArrays(openBytes(path, options.gzip ?? false, signal, size))
  return new Flow<Uint8Array>(chunksSource(nameOf('readFile', path), open, { bound: 1, boundBytes: size }))
}

/** The lines of standard input; see `readLines`. */
export function readStdin(options: ReadLinesOptions = {}): Flow<string> {
  return readLines(process.stdin, options).named('stdin')
}

function nameOf(what: string, source: ByteSource): string {
  const path = pathOf(source)
  if (path !== undefined) return path
  if (typeof (source as Partial<AsyncIterable<unknown>> | null)?.[Symbol.asyncIterator] === 'function') return what
  throw new TypeError(`${what}: expected a path, a file: URL or a stream of bytes, got ${show(source)}`)
}

function pathOf(source: ByteSource): string | undefined {
  if (typeof source === 'string') return source
  return source instanceof URL ? fileURLToPath(source) : undefined
}

function openBytes(
  source: ByteSource,
  gzip: boolean | undefined,
  signal: AbortSignal,
  highWaterMark: number = CHUNK_BYTES,
): AsyncIterable<Uint8Array | string> {
  const path = pathOf(source)
  if (path !== undefined) {
    const file = createReadStream(path, { highWaterMark, signal })
    return (gzip ?? path.endsWith('.gz')) ? unzipped(file) : file
  }
  const stream = source as AsyncIterable<Uint8Array | string>
  useOnce(stream, 'this stream')
  if (stream instanceof Readable) addAbortSignal(signal, stream)
  return gzip === true ? unzipped(stream) : stream
}

/** Destroying either end destroys both, and an error of the file comes out of the unzipped side. */
function unzipped(source: AsyncIterable<Uint8Array | string>): AsyncIterable<Uint8Array> {
  const gunzip = createGunzip({ chunkSize: 64 * 1024 })
  pipeline(source, gunzip, () => {})
  return gunzip
}

async function* inArrays(chunks: AsyncIterable<Uint8Array | string>): AsyncGenerator<Uint8Array[]> {
  for await (const chunk of chunks) yield [typeof chunk === 'string' ? Buffer.from(chunk) : chunk]
}
