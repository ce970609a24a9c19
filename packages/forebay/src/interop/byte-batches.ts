import { bytesOf, type ByteChunk } from '../flow/bytes/byte-chunk.ts'
import type { Flow } from '../flow/flow.ts'
import { junction } from '../flow/junction.ts'
import { Passage } from '../flow/junctions/passage.ts'
import { joinContexts, type Context } from '../kernel/context.ts'
import type { Port } from '../kernel/receiver.ts'
import type { RunEnvironment } from '../kernel/run-environment.ts'
import type { StageAccount } from '../kernel/stage-account.ts'

/** Chunks in one batch, however small. */
const MAX_CHUNKS = 1024

/**
 * Chunks as arrays of them: one alone while somebody waits for it, else what has come meanwhile. Another chunk is taken
 * while fewer than `budget` bytes are held, as a byte budget of `node:stream/iter` has it.
 */
export function byteBatches(name: string, budget: number): (flow: Flow<ByteChunk>) => Flow<Uint8Array[]> {
  return junction<ByteChunk, Uint8Array[]>(
    name,
    { cardinality: 'join', bound: MAX_CHUNKS },
    (env, stage) => new ByteBatches(name, budget, env, stage),
  )
}

class ByteBatches extends Passage<ByteChunk, Uint8Array[]> {
  readonly #name: string
  readonly #budget: number
  #chunks: Uint8Array[] = []
  #bytes = 0
  #contexts: (Context | undefined)[] = []

  constructor(name: string, budget: number, env: RunEnvironment, stage: StageAccount) {
    super(env, stage)
    this.#name = name
    this.#budget = budget
  }

  protected take(chunk: ByteChunk, context: Context | undefined): void {
    const bytes = bytesOf(this.#name, chunk)
    this.#chunks.push(bytes)
    this.#bytes += bytes.length
    this.#contexts.push(context)
  }

  protected hand(port: Port): void {
    const [chunks, contexts] = [this.#chunks, this.#contexts]
    this.#clear()
    this.emit(port, chunks, joinContexts(contexts))
  }

  protected room(): number {
    if (this.hasCredit()) return this.#chunks.length === 0 ? 1 : 0
    return this.#bytes < this.#budget && this.#chunks.length < MAX_CHUNKS ? 1 : 0
  }

  protected held(): number {
    return this.#chunks.length
  }

  protected abandon(reason: string): void {
    const contexts = this.#contexts
    this.#clear()
    for (const context of contexts) this.lose(context, reason, 'returned')
  }

  #clear(): void {
    this.#chunks = []
    this.#bytes = 0
    this.#contexts = []
  }
}
