import type { FailedAttempt } from 'forebay/queue'
import { NatsFailure } from './nats-failure.ts'
import type { NatsConnection } from './nats-connection.ts'
import { shortened } from './nats-payload.ts'
import type { NatsStreams } from './nats-streams.ts'

/** What became of the deliveries of a message so far. */
export interface Fate {
  /** Deliveries that ended with this. */
  readonly count: number
  /** Attempts that failed. */
  readonly failed: number
  readonly history?: readonly FailedAttempt[]
  /** It was not due yet: no receiver has had it. */
  readonly isUnseen?: boolean
}

/**
 * What JetStream does not keep of a message that is delivered again: which deliveries were failures and which were only
 * given back, and why. The last word on each message, in a stream of its own; deliveries that left none were cut off.
 */
export class NatsFates {
  readonly #connection: NatsConnection
  readonly #streams: NatsStreams

  constructor(connection: NatsConnection, streams: NatsStreams) {
    this.#connection = connection
    this.#streams = streams
  }

  async write(seq: number, fate: Fate): Promise<void> {
    const { history, ...counts } = fate
    const { maxPayload } = this.#connection
    const text = shortened(
      history,
      (rest) => JSON.stringify({ ...counts, ...(rest !== undefined && { history: rest }) }),
      (made) => Buffer.byteLength(made) <= maxPayload,
    )
    const answer = await this.#connection.request(this.#subject(seq), text)
    const { error } = answer.json<{ error?: { description?: string } }>()
    if (error !== undefined) throw new NatsFailure('disk', String(error.description), { retryable: true })
  }

  async read(seq: number): Promise<Fate | undefined> {
    const request = JSON.stringify({ last_by_subj: this.#subject(seq) })
    const message = await this.#connection.request(`$JS.API.DIRECT.GET.${this.#streams.names.fateStream}`, request)
    return message.data.length === 0 ? undefined : message.json<Fate>()
  }

  /** Forgets a message that has ended. */
  async forget(seq: number): Promise<void> {
    await this.#streams.purge(this.#streams.names.fateStream, { filter: this.#subject(seq) })
  }

  /** Forgets all messages when none is in the queue: ends that nobody told, of leases that somebody else had, leave words. */
  async tidy(): Promise<void> {
    const { stream, fateStream } = this.#streams.names
    const { state } = await this.#streams.info(fateStream)
    if (state.messages === 0) return
    // What was written before the queue was seen empty is of messages that are gone.
    const { state: left } = await this.#streams.info(stream)
    if (left.messages === 0) await this.#streams.purge(fateStream, { seq: state.last_seq + 1 })
  }

  #subject(seq: number): string {
    return `${this.#streams.names.fateSubject}.${seq}`
  }
}
