import { bytesOf, type ByteChunk } from '../flow/bytes/byte-chunk.ts'
import type { Flow } from '../flow/flow.ts'
import type { QueueOffer } from '../flow/sources/offered-items.ts'
import { queueSource } from '../flow/sources/queue-source.ts'
import { byteCount, type Bytes } from '../kernel/bytes.ts'
import { checkOneOf } from '../kernel/check.ts'
import { ForebayError } from '../kernel/errors.ts'

/** Options of {@link streamIterWriter}. */
export interface StreamIterWriterOptions {
  /** Bytes that are held for the flow: a chunk is taken while there are fewer. Default 16 KiB. */
  budget?: Bytes
  /** What becomes of a chunk over the budget; the `strict`, `drop-oldest` and `drop-newest` of `node:stream/iter`. Default `backpressure`. */
  overflow?: 'backpressure' | 'drop-oldest' | 'drop-newest'
}

/** The writer of a push stream, as `node:stream/iter` has it. */
export interface FlowWriter {
  /** Whether a chunk is taken at once; `null` after `end` and `fail`. */
  readonly canWrite: boolean | null
  /** Settles when the chunk is taken. One may wait: a second fails with a `RangeError`. */
  write(chunk: ByteChunk): Promise<void>
  writev(chunks: readonly ByteChunk[]): Promise<void>
  /** False when it would have to wait, and was not taken. */
  writeSync(chunk: ByteChunk): boolean
  /** The flow completes behind what is held. Resolves to the bytes that were written. */
  end(): Promise<number>
  /** The flow fails behind what is held. */
  fail(reason?: unknown): void
}

/** Chunks in the budget, however small. */
const MAX_CHUNKS = 65_536

/**
 * A flow, and the writer that feeds it: `push()` of `node:stream/iter` for code that writes to one, with the same byte
 * budget and policies. What a policy throws away is counted by its name. The flow can be run once.
 *
 * Emits: when a chunk is held. Backpressures: its writer, at `budget`. Completes: when `end` was called and nothing is
 * held. Cancels: when downstream cancels; what is held is lost, and every later write fails with `FOREBAY_CLOSED`.
 * Loses: what the policy says, counted by its name.
 */
export function streamIterWriter(options: StreamIterWriterOptions = {}): {
  readonly writer: FlowWriter
  readonly flow: Flow<Uint8Array>
} {
  const { budget = 16 * 1024, overflow = 'backpressure' } = options
  const queue = queueSource<Uint8Array>({
    items: MAX_CHUNKS,
    bytes: byteCount('budget', budget),
    sizeOf: ({ length }: Uint8Array) => length,
    overflow: checkOneOf('overflow', overflow, ['backpressure', 'drop-oldest', 'drop-newest']),
    waiting: 1,
    name: 'stream/iter writer',
  })
  return { flow: queue.flow, writer: new QueueWriter(queue) }
}

class QueueWriter implements FlowWriter {
  readonly #queue: ReturnType<typeof queueSource<Uint8Array>>
  #written = 0
  #isOver = false

  constructor(queue: ReturnType<typeof queueSource<Uint8Array>>) {
    this.#queue = queue
  }

  get canWrite(): boolean | null {
    return this.#isOver ? null : this.#queue.hasRoom
  }

  async write(chunk: ByteChunk): Promise<void> {
    const bytes = bytesOf('write', chunk)
    if (bytes.length > 0) this.#taken(await this.#queue.put(bytes), bytes)
  }

  async writev(chunks: readonly ByteChunk[]): Promise<void> {
    for (const chunk of chunks) await this.write(chunk)
  }

  writeSync(chunk: ByteChunk): boolean {
    const bytes = bytesOf('writeSync', chunk)
    if (bytes.length === 0) return true
    const offer = this.#queue.offer(bytes)
    if (offer === 'full' || offer === 'closed') return false
    this.#taken(offer, bytes)
    return true
  }

  end(): Promise<number> {
    this.#isOver = true
    this.#queue.complete()
    return Promise.resolve(this.#written)
  }

  fail(reason: unknown = new ForebayError('FOREBAY_CANCELLED', 'the writer has failed')): void {
    this.#isOver = true
    this.#queue.fail(reason)
  }

  #taken(offer: QueueOffer, { length }: Uint8Array): void {
    if (offer === 'full') throw new RangeError('write: expected one write to wait at a time, got a second: await each')
    if (offer === 'closed') throw new ForebayError('FOREBAY_CLOSED', 'the flow has ended and takes no more')
    this.#written += length
  }
}
