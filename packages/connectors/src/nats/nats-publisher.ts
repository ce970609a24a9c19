import { ForebayError } from 'forebay'
import type { Outgoing, PutStatus } from 'forebay/queue'
import { answerOf, type Msg, type NatsConnection } from './nats-connection.ts'
import { NatsFailure } from './nats-failure.ts'
import { callOf, putHeaders } from './nats-message.ts'
import { putRoom, sentBytes } from './nats-payload.ts'
import { readStored } from './nats-shelf.ts'
import type { NatsStreams } from './nats-streams.ts'

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
  readonly #delayed: (seq: number, ms: number) => void
  #calls = 0
  #put: { readonly items: unknown; readonly call: string } | undefined

  constructor(options: {
    connection: NatsConnection
    streams: NatsStreams
    client: string
    dropsNewest: boolean
    /** Hears of what was stored to be delivered later. */
    delayed: (seq: number, ms: number) => void
  }) {
    this.#delayed = options.delayed
    this.#connection = options.connection
    this.#streams = options.streams
    this.#client = options.client
    this.#full = options.dropsNewest ? 'dropped' : 'full'
  }

  async put(items: readonly Outgoing[]): Promise<PutStatus[]> {
    const isAgain = this.#put?.items === items
    const call = isAgain ? (this.#put as { call: string }).call : `${this.#client}-${(this.#calls++).toString(36)}`
    this.#put = { items, call }
    const messages = items.map((item) => ({
      payload: item.body,
      headers: this.#connection.headers(putHeaders(item, call)),
    }))
    const answers = await this.#connection.requestAll(this.#streams.names.subject, messages)
    const statuses: PutStatus[] = []
    for (const [at, answer] of answers.entries()) {
      const status = this.#statusOf(answer)
      const { isKnown, delayMs } = items[at] as Outgoing
      if (typeof status === 'string') statuses.push(status)
      else {
        const { seq, duplicate } = status
        if (delayMs > 0 && duplicate !== true) this.#delayed(seq, delayMs)
        if (duplicate !== true || !isKnown) statuses.push('stored')
        else statuses.push(isAgain && (await this.#isOurs(seq, call)) ? 'stored' : 'duplicate')
      }
    }
    return statuses
  }

  /** Why the server would not take an item, or not its dead letter. */
  refuses(item: Outgoing): ForebayError | undefined {
    const { maxPayload } = this.#connection
    const most = putRoom(maxPayload)
    // The longest that a character can get: six bytes of JSON, twice when it is one of an id.
    if (item.bytes * 12 < most) return undefined
    const bytes = sentBytes(putHeaders(item, `${this.#client}-${this.#calls.toString(36)}`), item.body)
    if (bytes <= most) return undefined
    const why = `a message may have ${most} (max_payload is ${maxPayload}, the rest is for the history of its failures)`
    return new ForebayError('FOREBAY_TOO_LARGE', `nats: ${item.id} has ${bytes} bytes with its headers, ${why}`)
  }

  /** Rejects with a {@link NatsFailure} of the kind `full` when the stream is. */
  async publish(subject: string, body: Uint8Array, headers: Readonly<Record<string, string>>): Promise<PubAck> {
    return answerOf<PubAck>(await this.#connection.request(subject, body, this.#connection.headers(headers)))
  }

  #statusOf(answer: Msg): PubAck | PutStatus {
    try {
      return answerOf<PubAck>(answer)
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
