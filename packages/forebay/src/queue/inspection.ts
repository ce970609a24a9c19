import { checkInteger } from '../kernel/check.ts'
import type { ChunkRef } from './chunk.ts'
import type { Codec } from './codec.ts'
import type { Journal } from './journal.ts'
import { DEAD, HELD, LATER, READY_LANES } from './lanes.ts'
import type { Leases } from './leases.ts'
import type { Loader } from './loader.ts'
import type { Message } from './message.ts'
import type { MessageState, PeekedMessage } from './queue.ts'
import { pictureOf } from './picture.ts'
import type { QueueTime } from './queue-time.ts'
import type { StoredMessage } from './stored-message.ts'

/** Looks at messages where they are, without moving them. Reads chunk by chunk, so memory stays bounded. */
export class Inspection<T> {
  readonly #journal: Journal
  readonly #loader: Loader
  readonly #leases: Leases<Message>
  readonly #time: QueueTime
  readonly #codec: Codec<T>

  constructor(options: {
    journal: Journal
    loader: Loader
    leases: Leases<Message>
    time: QueueTime
    codec: Codec<T>
  }) {
    this.#journal = options.journal
    this.#loader = options.loader
    this.#leases = options.leases
    this.#time = options.time
    this.#codec = options.codec
  }

  async peek(max: number, state: MessageState): Promise<PeekedMessage<T>[]> {
    checkInteger('max', max, 1, 1000)
    if (state === 'leased')
      return this.#leases
        .messages()
        .toSorted((a, b) => a.stored.seq - b.stored.seq)
        .slice(0, max)
        .map(({ stored, failed }) => this.picture(stored, failed))
    const found: PeekedMessage<T>[] = []
    const leased = new Set(this.#leases.messages().map((message) => message.stored.seq))
    for (const lane of lanesOf(state)) {
      for await (const message of this.#messages(lane, state)) {
        if (leased.has(message.seq)) continue
        found.push(this.picture(message, message.failed))
        if (found.length === max) return found
      }
    }
    return found
  }

  picture(message: StoredMessage, failed: number): PeekedMessage<T> {
    return pictureOf(message, failed, this.#codec)
  }

  async *#messages(lane: number, state: MessageState): AsyncGenerator<StoredMessage> {
    const now = this.#time.stamp()
    let ref: ChunkRef | undefined
    while ((ref = this.#journal.nextRef(lane, ref)) !== undefined) {
      const isLoaded = this.#loader.chunk(ref) !== undefined
      const isWaiting = (lane === LATER || lane === HELD) && !isLoaded
      // What is due but not read yet counts as delayed everywhere, so that the numbers agree.
      if (state === 'delayed' ? !isWaiting : isWaiting) {
        if (ref.at > now && state === 'ready') return
        continue
      }
      const stored = await this.#journal.read(ref)
      const loaded = this.#loader.chunk(ref)
      for (let index = 0; index < stored.messages.length; index++) {
        const bits = loaded?.settled ?? stored.settled
        if (bits !== undefined && ((bits[index >> 3] as number) & (1 << (index & 7))) !== 0) continue
        yield stored.messages[index] as StoredMessage
      }
    }
  }
}

function lanesOf(state: MessageState): number[] {
  if (state === 'dead') return [DEAD]
  if (state === 'delayed') return [HELD, LATER]
  return [HELD, LATER, ...Array.from({ length: READY_LANES }, (_, lane) => lane)]
}
