import { ForebayError } from 'forebay'
import type { Outgoing, PutStatus } from 'forebay/queue'
import { answerOf, type NatsConnection } from './nats-connection.ts'
import { NatsFailure } from './nats-failure.ts'
import { callOf, putHeaders } from './nats-message.ts'
import { readStored } from './nats-shelf.ts'
import type { NatsStreams } from './nats-streams.ts'

/** Bytes that a message may have besides its body and what its queue counts. */
const FRAME = 512

interface PubAck {
  readonly seq: number
  readonly duplicate?: boolean
}

/** Puts messages into streams, and knows a call that is made again. */
export class NatsPublisher {
  readonly #connection: NatsConnection
  readonly #streams: NatsStreams
  readonly #client: string
  readonly #full: PutStatus
  #calls = 0
  #put: { readonly items: unknown; readonly call: string } | undefined

  constructor(options: { connection: NatsConnection; streams: NatsStreams; client: string; dropsNewest: boolean }) {
    this.#connection = options.connection
    this.#streams = options.streams
    this.#client = options.client
    this.#full = options.dropsNewest ? 'dropped' : 'full'
  }

  async put(items: readonly Outgoing[]): Promise<PutStatus[]> {
    const isAgain = this.#put?.items === items
    const call = isAgain ? (this.#put as { call: string }).call : `${this.#client}-${(this.#calls++).toString(36)}`
    this.#put = { items, call }
    const most = this.#connection.maxPayload - FRAME
    for (const { id, bytes } of items)
      if (bytes > most)
        throw new ForebayError(
          'FOREBAY_TOO_LARGE',
          `nats: ${id} has ${bytes} bytes, the server takes ${most} (max_payload)`,
        )
    return Promise.all(items.map((item) => this.#putOne(item, call, isAgain)))
  }

  /** Rejects with a {@link NatsFailure} of the kind `full` when the stream is. */
  async publish(subject: string, body: Uint8Array, headers: Readonly<Record<string, string>>): Promise<PubAck> {
    return answerOf<PubAck>(await this.#connection.request(subject, body, this.#connection.headers(headers)))
  }

  async #putOne(item: Outgoing, call: string, isAgain: boolean): Promise<PutStatus> {
    try {
      const { duplicate, seq } = await this.publish(this.#streams.names.subject, item.body, putHeaders(item, call))
      if (duplicate !== true || !item.isKnown) return 'stored'
      return isAgain && (await this.#isOurs(seq, call)) ? 'stored' : 'duplicate'
    } catch (error) {
      if (error instanceof NatsFailure && error.kind === 'full') return this.#full
      throw error
    }
  }

  /** Whether this call has stored the message at its first try. */
  async #isOurs(seq: number, call: string): Promise<boolean> {
    const found = await readStored(this.#connection, this.#streams.names.stream, { seq })
    return callOf(found?.headers) === call
  }
}
