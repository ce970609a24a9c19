import { ForebayError } from 'forebay'
import type { Channel, Connection } from 'rabbitmq-client'
import { loadDriver } from './load-driver.ts'
import { FRAME_BYTES } from './message-format.ts'
import type { MessageLimit } from './message-limit.ts'

/** What a connection tells those who use it. */
export interface ConnectionListener {
  /** It is there, or there again. */
  up(): void
  /** It is gone, and comes back by itself. */
  down(): void
  /** The broker takes nothing more from it for now, and why; `undefined` when it does again. */
  blocked(reason: string | undefined): void
}

/** A client has two: puts and deliveries each have their own. */
export interface Connections {
  readonly out: RabbitConnection
  readonly in: RabbitConnection
  readonly limit: MessageLimit
}

/** How long the end of a channel or a connection is waited for before it is cut. */
const FAREWELL_MS = 2000

/**
 * One connection to RabbitMQ that connects again by itself, after 0.1 to 2 s with jitter. A connection that is silent
 * for 10 s is given up.
 */
export class RabbitConnection {
  readonly #connection: Connection
  readonly #listeners = new Set<ConnectionListener>() // one an open link
  #isUp = false
  #lastError: unknown
  #closing: Promise<void> | undefined

  private constructor(connection: Connection) {
    this.#connection = connection
    connection.on('connection', () => this.#changed(true))
    connection.on('error', (error) => {
      this.#lastError = error
      this.#changed(false)
    })
    connection.on('connection.blocked', (reason) => this.#tell((listener) => listener.blocked(reason)))
    connection.on('connection.unblocked', () => this.#tell((listener) => listener.blocked(undefined)))
  }

  /** Connects within `timeoutMs`, or throws `FOREBAY_UNAVAILABLE`. `purpose` is what the broker shows. */
  static async open(url: string, purpose: string, timeoutMs: number): Promise<RabbitConnection> {
    const { Connection } = await loadDriver()
    const opened = new RabbitConnection(
      new Connection({
        url,
        connectionName: `forebay ${purpose}`,
        connectionTimeout: timeoutMs,
        acquireTimeout: timeoutMs,
        retryLow: 100,
        retryHigh: 2000,
        heartbeat: 5,
        frameMax: FRAME_BYTES,
      }),
    )
    try {
      await opened.#connection.onConnect(timeoutMs, true)
    } catch (error) {
      const why = opened.#lastError ?? error
      await opened.close()
      throw unavailable(`cannot connect: ${messageOf(why)}`, why)
    }
    return opened
  }

  get isUp(): boolean {
    return this.#isUp
  }

  listen(listener: ConnectionListener): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  /** A channel of its own. Throws `FOREBAY_UNAVAILABLE` while the connection is away: nobody waits in the driver. */
  async channel(): Promise<Channel> {
    if (!this.#isUp) throw unavailable('not connected', this.#lastError)
    try {
      const channel = await this.#connection.acquire({ emitErrorsFromChannel: true })
      channel.on('error', (error) => (this.#lastError = error)) // what was asked for is rejected with it
      return channel
    } catch (error) {
      throw unavailable(`no channel: ${messageOf(error)}`, error)
    }
  }

  /** Why the connection or a channel of it ended last. */
  get lastError(): unknown {
    return this.#lastError
  }

  close(): Promise<void> {
    this.#closing ??= within(this.#connection.close()).then(() => this.#connection.unsafeDestroy())
    return this.#closing
  }

  #changed(isUp: boolean): void {
    if (this.#isUp === isUp) return
    this.#isUp = isUp
    this.#tell((listener) => (isUp ? listener.up() : listener.down()))
  }

  #tell(what: (listener: ConnectionListener) => void): void {
    for (const listener of this.#listeners) what(listener)
  }
}

/** Closes a channel; one that does not answer is left to its connection. */
export async function closeChannel(channel: Channel): Promise<void> {
  await within(channel.close())
}

async function within(work: Promise<void>): Promise<void> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, FAREWELL_MS)
  })
  await Promise.race([work.catch(() => undefined), late])
  clearTimeout(timer)
}

export function unavailable(what: string, cause: unknown): ForebayError {
  return new ForebayError('FOREBAY_UNAVAILABLE', `rabbitmq: ${what}`, { cause, retryable: true })
}

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
