import { BurstPull } from '../../kernel/burst-pull.ts'
import type { SourceNode } from '../../kernel/plan.ts'
import type { Port, PullCode } from '../../kernel/receiver.ts'

/**
 * The items of arrays that come asynchronously: one promise for an array instead of one for an item. The
 * next array is asked for when the last one has been handed over and more is wanted. `signal` aborts when the
 * flow ends early, so that a read which may never answer can be given up.
 */
export function chunksSource<T>(
  name: string,
  open: (signal: AbortSignal) => AsyncIterable<readonly T[]>,
  bounds: { bound?: number; boundBytes?: number } = {},
): SourceNode {
  return { type: 'source', name, ...bounds, create: () => new ChunksPull(open) }
}

class ChunksPull<T> extends BurstPull {
  chunk: readonly T[] = []
  readonly #open: (signal: AbortSignal) => AsyncIterable<readonly T[]>
  readonly #abort = new AbortController()
  #iterator: AsyncIterator<readonly T[]> | undefined
  /** Items of the chunks before this one. */
  #before = 0
  #isAsked = false
  #isOver = false
  /** No chunk comes after this one. */
  #isLast = false
  #port: Port | undefined
  readonly #came = ({ done, value }: IteratorResult<readonly T[]>): void => {
    this.#isAsked = false
    if (this.#isOver) return
    if (done === true) return this.#end()
    this.chunk = value
    this.#port?.wake()
  }
  readonly #failed = (error: unknown): void => {
    this.#isAsked = false
    if (this.#isOver) return
    this.#isOver = true
    this.#port?.failed(error)
  }

  constructor(open: (signal: AbortSignal) => AsyncIterable<readonly T[]>) {
    super()
    this.#open = open
  }

  get code(): PullCode {
    return { more: 'at<pull.chunk.length', item: 'pull.chunk[i]' }
  }

  override bind(port: Port): void {
    this.#port = port
  }

  protected burst(port: Port, left: number): void {
    const { chunk } = this
    const end = Math.min(this.at + left, chunk.length)
    while (this.at < end && port.n > 0) port.step(chunk[this.at++], undefined)
  }

  protected dry(port: Port): void {
    if (this.#isOver || this.at < this.chunk.length) return
    if (this.#isLast) this.#end()
    else if (port.n > 0 && !this.#isAsked) this.#ask()
  }

  override cancel(reason: unknown): void {
    if (this.#isOver) return
    this.#isOver = true
    this.chunk = []
    this.#close(reason)
  }

  /** What has been read is handed on, and nothing more is read. */
  stop(): void {
    if (this.#isOver || this.#isLast) return
    this.#isLast = true
    this.#close('drain')
    if (this.at >= this.chunk.length) this.#end()
  }

  override pulled(): number {
    return this.#before + this.at
  }

  #end(): void {
    if (this.#isOver) return
    this.#isOver = true
    this.#port?.done()
  }

  #close(reason: unknown): void {
    this.#abort.abort(reason)
    // The iterator queues this behind an answer it owes; a failure to close has nobody left to tell.
    this.#iterator?.return?.()?.then(undefined, () => {})
  }

  #ask(): void {
    this.#isAsked = true
    this.chunk = []
    this.#before += this.at
    this.at = 0
    this.#iterator ??= this.#open(this.#abort.signal)[Symbol.asyncIterator]()
    this.#iterator.next().then(this.#came, this.#failed)
  }
}
