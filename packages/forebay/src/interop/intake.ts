import type { Flow } from '../flow/flow.ts'
import type { QueueOffer } from '../flow/sources/offered-items.ts'
import { queueSource } from '../flow/sources/queue-source.ts'
import { checkFunction, show } from '../kernel/check.ts'
import { ForebayError } from '../kernel/errors.ts'
import type { RunOptions } from '../kernel/run.ts'

/**
 * A piece of flow between two ends of a stream of somebody else: one item waits at its door, the next one when there is
 * room again.
 *
 *   write ─▶ [ 1 ] ─▶ piece ─▶ items, one run
 */
export class Intake<A, B> {
  readonly items: AsyncIterableIterator<B>
  readonly #queue = queueSource<A>({ items: 1, waiting: 1, name: 'written' })
  #failure: { readonly error: unknown } | undefined
  /** Settles with the read that was asked for last; never rejects. */
  #read: Promise<void> | undefined

  constructor(what: string, piece: (flow: Flow<A>) => Flow<B>, options: RunOptions) {
    const flow = checkFunction(what, piece)(this.#queue.flow)
    if (flow?.node === undefined) {
      throw new TypeError(`${what}: expected a function that returns a flow, got ${show(flow)} from it`)
    }
    this.items = flow.iterate(options)
  }

  /** Takes an item: settles when the next one may come, rejects when the flow takes no more. */
  write(item: A): Promise<void> | undefined {
    const answer = this.#queue.put(item)
    return answer === 'accepted' ? undefined : this.#answered(answer)
  }

  /** No more items. */
  end(): void {
    this.#queue.complete()
  }

  /** The input has failed: the flow fails behind what is held. */
  fail(error: unknown): void {
    this.#queue.fail(error)
  }

  /** The next item of the piece; remembers its failure for those who write. */
  next(): Promise<IteratorResult<B>> {
    const answer = this.items.next()
    this.#read = answer.then(nothing, (error: unknown) => {
      this.#failure ??= { error }
    })
    return answer
  }

  /** Who is refused waits for the answer to a read, which may say why. */
  async #answered(answer: QueueOffer | Promise<QueueOffer>): Promise<void> {
    if ((await answer) === 'accepted') return
    await this.#read
    throw this.#failure?.error ?? new ForebayError('FOREBAY_CLOSED', 'the flow has ended and takes no more')
  }
}

const nothing = (): void => {}
