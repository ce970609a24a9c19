import { randomBytes } from 'node:crypto'
import { open, rename, unlink, type FileHandle } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import type { OpenSink } from '../flow/flow.ts'
import type { Writer } from '../flow/sinks/for-each.ts'
import { byteCount, type Bytes } from '../kernel/bytes.ts'
import { show } from '../kernel/check.ts'

export interface WriteFileOptions {
  /** Ends each item with a newline. Default false. */
  lines?: boolean
  /** Adds to the file instead of replacing it. Default false; not together with `atomic`. */
  append?: boolean
  /** Writes beside the file and renames at the end: readers see the old file or the whole new one, and a failed run leaves the old. Default false. */
  atomic?: boolean
  /** Waits until the disk has the data before the run is done. Default false. */
  sync?: boolean
  /** Bytes gathered into one write; an item is taken before they are written. Default 64 KiB. */
  bufferBytes?: Bytes
}

/**
 * A sink that writes text or bytes to a file, opened anew for each run with its first item and closed once,
 * however the run ends. An item that was taken is in the file when the run is done; while the flow runs up to
 * two buffers of them are on their way.
 *
 * Backpressures: when one buffer is being written and another is full. Loses: nothing; a failed write fails the flow.
 */
export function writeFile(path: string | URL, options: WriteFileOptions = {}): OpenSink<string | Uint8Array> {
  if (options.append === true && options.atomic === true) {
    throw new RangeError('writeFile: expected append or atomic, got both')
  }
  const bufferBytes = options.bufferBytes === undefined ? 64 * 1024 : byteCount('bufferBytes', options.bufferBytes)
  const target = path instanceof URL ? fileURLToPath(path) : path
  if (typeof target !== 'string') throw new TypeError(`writeFile: expected a path or a file: URL, got ${show(path)}`)
  return { open: () => new FileWriter(target, options, bufferBytes) }
}

/** Gathers into one buffer while the last one is on its way to the disk. */
class FileWriter implements Writer<string | Uint8Array> {
  readonly #path: string
  readonly #options: WriteFileOptions
  readonly #bufferBytes: number
  readonly #writtenPath: string
  #opening: Promise<FileHandle> | undefined
  #gathered: Uint8Array[] = []
  #bytes = 0
  /** The write that is out; settled without a rejection, which is kept in `#failure`. */
  #writing: Promise<void> | undefined
  #failure: { error: unknown } | undefined

  constructor(path: string, options: WriteFileOptions, bufferBytes: number) {
    this.#path = path
    this.#options = options
    this.#bufferBytes = bufferBytes
    this.#writtenPath = options.atomic === true ? `${path}.${randomBytes(6).toString('hex')}.tmp` : path
  }

  write(item: string | Uint8Array): Promise<void> | undefined {
    this.#throwFailure()
    const bytes = bytesOf(item, this.#options.lines === true)
    this.#gathered.push(bytes)
    this.#bytes += bytes.length
    if (this.#bytes < this.#bufferBytes) return undefined
    if (this.#writing === undefined) {
      this.#flush()
      return undefined
    }
    return this.#writing.then(() => {
      this.#throwFailure()
      // Another write that waited may have been first.
      if (this.#writing === undefined) this.#flush()
    })
  }

  async close(failure?: { error: unknown }): Promise<void> {
    await this.#writing
    if (failure === undefined && this.#failure === undefined) {
      this.#flush()
      await this.#writing
    }
    const isSound = failure === undefined && this.#failure === undefined
    const handle = await this.#opening?.catch(() => undefined)
    try {
      if (isSound && this.#options.sync === true) await handle?.sync()
    } finally {
      await handle?.close()
    }
    if (this.#options.atomic === true && handle !== undefined) {
      await (isSound ? rename(this.#writtenPath, this.#path) : unlink(this.#writtenPath))
    }
    if (failure === undefined) this.#throwFailure()
  }

  /** An empty flow makes an empty file, so this opens even when there is nothing to write. */
  #flush(): void {
    const gathered = this.#gathered
    this.#gathered = []
    this.#bytes = 0
    this.#opening ??= open(this.#writtenPath, this.#options.append === true ? 'a' : 'w')
    this.#writing = this.#opening
      .then((handle) => writeAll(handle, gathered))
      .catch((error: unknown) => {
        this.#failure ??= { error }
      })
      .then(() => {
        this.#writing = undefined
      })
  }

  #throwFailure(): void {
    if (this.#failure !== undefined) throw this.#failure.error
  }
}

/** `writev` may write less than it was given, as on a disk that is nearly full. */
async function writeAll(handle: FileHandle, parts: Uint8Array[]): Promise<void> {
  if (parts.length === 0) return
  const whole = parts.length === 1 ? (parts[0] as Uint8Array) : Buffer.concat(parts)
  for (let at = 0; at < whole.length;) at += (await handle.write(whole, at)).bytesWritten
}

function bytesOf(item: string | Uint8Array, line: boolean): Uint8Array {
  if (typeof item === 'string') return Buffer.from(line ? `${item}\n` : item)
  if (item instanceof Uint8Array) return line ? Buffer.concat([item, Buffer.from('\n')]) : item
  throw new TypeError(`writeFile: expected text or bytes, got ${show(item)}`)
}
