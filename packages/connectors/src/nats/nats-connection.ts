import { ForebayError } from 'forebay'
import type * as Driver from '@nats-io/transport-node'
import type { Msg, MsgHdrs, NatsConnection as DriverConnection, Payload, Subscription } from '@nats-io/transport-node'
import { NatsBursts } from './nats-bursts.ts'
import { failureOfAnswer, failureOfDriver, NatsFailure, type ApiError } from './nats-failure.ts'

export type { Msg, MsgHdrs, Payload, Subscription } from '@nats-io/transport-node'

/** What a connection tells; `away` and `back` take turns. */
export interface ConnectionEvents {
  away(message: string): void
  back(): void
}

const CALL_MS = 5000
const PING_MS = 3000

/**
 * A connection that comes back by itself, at most a second after the server does. While it is away nothing is handed to the
 * driver, which would keep it, and what was asked before rejects at once.
 */
export class NatsConnection {
  readonly #driver: typeof Driver
  readonly #connection: DriverConnection
  readonly #events: ConnectionEvents
  readonly #bursts: NatsBursts
  /** How each request that is under way is given up. */
  readonly #waiting = new Set<(error: unknown) => void>()
  #isAway = false
  #isClosed = false

  private constructor(driver: typeof Driver, connection: DriverConnection, events: ConnectionEvents) {
    this.#driver = driver
    this.#connection = connection
    this.#events = events
    this.#bursts = new NatsBursts(driver.createInbox(), CALL_MS)
    this.subscribe(this.#bursts.subject, (message) => this.#bursts.came(message))
    void this.#watch()
  }

  /** Connects; rejects with `FOREBAY_UNAVAILABLE` when that does not succeed in time. */
  static async open(url: string, events: ConnectionEvents, random: () => number): Promise<NatsConnection> {
    const driver = await loadDriver()
    const { username, password } = new URL(url)
    const connecting = driver.connect({
      servers: url,
      ...(username !== '' && password === '' && { token: decodeURIComponent(username) }),
      ...(password !== '' && { user: decodeURIComponent(username), pass: decodeURIComponent(password) }),
      name: 'forebay',
      timeout: CALL_MS,
      pingInterval: PING_MS,
      maxPingOut: 2,
      maxReconnectAttempts: -1,
      reconnectDelayHandler: () => 100 + 900 * random(),
      noAsyncTraces: true,
    })
    try {
      return new NatsConnection(driver, await connecting, events)
    } catch (error) {
      throw failureOfDriver(error)
    }
  }

  get isAway(): boolean {
    return this.#isAway
  }

  /** Another one when the server was started again. */
  get serverId(): string {
    return this.#connection.info?.server_id ?? ''
  }

  /** Bytes that one message may have, headers included. */
  get maxPayload(): number {
    return this.#connection.info?.max_payload ?? 1024 * 1024
  }

  headers(entries: Readonly<Record<string, string>>): MsgHdrs {
    const headers = this.#driver.headers()
    for (const [name, value] of Object.entries(entries)) headers.set(name, value)
    return headers
  }

  inbox(): string {
    return this.#driver.createInbox()
  }

  subscribe(subject: string, callback: (message: Msg) => void): Subscription {
    return this.#connection.subscribe(subject, { callback: (error, message) => void (error ?? callback(message)) })
  }

  /** Sends without an answer; what is sent while the server is away is forgotten. */
  publish(subject: string, payload: Payload, reply?: string): void {
    if (!this.#isAway && !this.#isClosed)
      this.#connection.publish(subject, payload, reply === undefined ? {} : { reply })
  }

  /** Asks, and waits for the answer as long as the server is there, at most five seconds. */
  async request(subject: string, payload: Payload = '', headers?: MsgHdrs): Promise<Msg> {
    this.#check()
    let giveUp: (error: unknown) => void = () => {}
    try {
      return await new Promise<Msg>((resolve, reject) => {
        giveUp = reject
        this.#waiting.add(reject)
        const options = { timeout: CALL_MS, ...(headers !== undefined && { headers }) }
        this.#connection.request(subject, payload, options).then(resolve, reject)
      })
    } catch (error) {
      throw error instanceof NatsFailure ? error : failureOfDriver(error)
    } finally {
      this.#waiting.delete(giveUp)
    }
  }

  /** Asks the same of many messages at once; resolves when all are answered. */
  async requestAll(
    subject: string,
    messages: readonly { readonly payload: Payload; readonly headers: MsgHdrs }[],
  ): Promise<Msg[]> {
    this.#check()
    return this.#bursts.ask(messages.length, (index, reply) => {
      const { payload, headers } = messages[index] as (typeof messages)[number]
      this.#connection.publish(subject, payload, { reply, headers })
    })
  }

  /** Asks JetStream; the answer is JSON, and an error in it rejects. */
  async api<Answer>(call: string, request: object = {}): Promise<Answer> {
    const message = await this.request(`$JS.API.${call}`, JSON.stringify(request))
    return answerOf<Answer>(message)
  }

  async close(): Promise<void> {
    if (this.#isClosed) return
    this.#isClosed = true
    await this.#connection.close()
  }

  #check(): void {
    if (this.#isClosed) throw new ForebayError('FOREBAY_CLOSED', 'the store is closed')
    if (this.#isAway) throw new NatsFailure('away', 'not connected', { retryable: true })
  }

  async #watch(): Promise<void> {
    for await (const { type } of this.#connection.status()) {
      if (this.#isClosed) return
      if (type === 'disconnect' || type === 'close') this.#away('the connection broke')
      else if (type === 'staleConnection') this.#away('the server does not answer')
      else if (type === 'reconnect') this.#back()
    }
  }

  #away(message: string): void {
    if (this.#isAway) return
    this.#isAway = true
    const error = new NatsFailure('away', message, { retryable: true })
    for (const giveUp of this.#waiting) giveUp(error)
    this.#bursts.giveUp(error)
    this.#events.away(`nats: ${message}`)
  }

  #back(): void {
    if (!this.#isAway) return
    this.#isAway = false
    this.#events.back()
  }
}

/** The answer in a message of JetStream. */
export function answerOf<Answer>(message: Msg): Answer {
  const answer = message.json<Answer & { error?: ApiError }>()
  if (answer.error !== undefined) throw failureOfAnswer(answer.error)
  return answer
}

async function loadDriver(): Promise<typeof Driver> {
  try {
    return await import('@nats-io/transport-node')
  } catch (error) {
    throw new ForebayError(
      'FOREBAY_UNAVAILABLE',
      "nats: needs the package '@nats-io/transport-node': npm install @nats-io/transport-node",
      { cause: error },
    )
  }
}
