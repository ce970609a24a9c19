import type { StoredMessage } from 'forebay/queue'
import type { Msg, NatsConnection } from './nats-connection.ts'
import { storedMessage } from './nats-message.ts'

/** Looks at messages where they lie. */
export class NatsShelf {
  readonly #connection: NatsConnection

  constructor(connection: NatsConnection) {
    this.#connection = connection
  }

  /** Up to `max` messages of a stream, from one number to another, both included. */
  async read(
    stream: string,
    subject: string,
    {
      max,
      from = 1,
      to = Infinity,
      accept,
    }: {
      max: number
      from?: number
      to?: number
      accept?: (message: StoredMessage) => boolean
    },
  ): Promise<StoredMessage[]> {
    const found: StoredMessage[] = []
    for (let seq = from; found.length < max && seq <= to;) {
      const message = await readStored(this.#connection, stream, { seq, next_by_subj: subject })
      const at = Number(message?.headers?.get('Nats-Sequence'))
      if (message === undefined || at > to) break
      const stored = storedMessage(message, at, Date.parse(message.headers?.get('Nats-Time-Stamp') ?? ''))
      if (stored !== undefined && accept?.(stored) !== false) found.push(stored)
      seq = at + 1
    }
    return found
  }
}

/** One message of a stream; `undefined` when there is none. */
export async function readStored(
  connection: NatsConnection,
  stream: string,
  request: { readonly seq: number; readonly next_by_subj?: string },
): Promise<Msg | undefined> {
  const message = await connection.request(`$JS.API.DIRECT.GET.${stream}`, JSON.stringify(request))
  return message.headers?.get('Nats-Sequence') === '' || message.headers === undefined ? undefined : message
}
