import { ForebayError, type Clock } from 'forebay'
import type * as Driver from 'pg'
import type { Client, ClientConfig, Pool, PoolClient, QueryConfig } from 'pg'
import { failureOf } from './postgres-failure.ts'
import { migrate } from './postgres-schema.ts'

/** What a connection tells; `wake` is a word that somebody sent to a queue. */
export interface ConnectionEvents {
  away(error: ForebayError): void
  back(): void
  wake(queue: number, what: string): void
}

export interface ConnectionOptions {
  readonly url: string
  readonly schema: string
  /** Connections for calls; one more listens. */
  readonly connections: number
  /** How long a statement may take, ms. */
  readonly statementMs: number
  /** How long it may take to connect, ms. */
  readonly connectMs: number
  readonly clock: Clock
  readonly random: () => number
}

const FIRST_MS = 50
const LONGEST_MS = 2000

/**
 * A bounded pool of connections, and one that is told of messages and room. When the server is away it is asked again with
 * growing pauses; nothing waits inside meanwhile.
 */
export class PostgresConnection {
  readonly #driver: typeof Driver
  readonly #options: ConnectionOptions
  readonly #events: ConnectionEvents
  #pool: Pool
  #listener: Client | undefined
  #isAway = false
  #isClosed = false
  #failures = 0
  #cancelRetry: (() => void) | undefined
  #cancelListen: (() => void) | undefined

  private constructor(driver: typeof Driver, options: ConnectionOptions, events: ConnectionEvents) {
    this.#driver = driver
    this.#options = options
    this.#events = events
    this.#pool = this.#newPool()
  }

  /** Connects and makes the schema; rejects with `FOREBAY_UNAVAILABLE` when that does not succeed. */
  static async open(options: ConnectionOptions, events: ConnectionEvents): Promise<PostgresConnection> {
    const connection = new PostgresConnection(await loadDriver(), options, events)
    try {
      await connection.#prepare()
      await connection.#listen()
      return connection
    } catch (error) {
      await connection.close()
      throw error instanceof ForebayError ? error : failureOf(error).error
    }
  }

  get schema(): string {
    return this.#options.schema
  }

  get isAway(): boolean {
    return this.#isAway
  }

  /** Runs one statement; `@` in it stands for the schema. Rejects with `FOREBAY_UNAVAILABLE`. */
  async query<Row>(text: string, values: unknown[] = []): Promise<Row[]> {
    if (this.#isClosed) throw new ForebayError('FOREBAY_CLOSED', 'the store is closed')
    if (this.#isAway) throw new ForebayError('FOREBAY_UNAVAILABLE', 'postgres is away', { retryable: true })
    const pool = this.#pool
    try {
      const { rows } = await pool.query<Row & object>(this.statement(text, values))
      return rows
    } catch (cause) {
      const { kind, error } = failureOf(cause)
      if (kind === 'away' && pool === this.#pool) this.#away(error)
      throw error
    }
  }

  /** A statement as the driver wants it. */
  statement(text: string, values: unknown[]): QueryConfig<unknown[]> {
    const whole = text.replaceAll('@.', `"${this.#options.schema}".`)
    return { text: whole, values, ...ANSWERS }
  }

  async close(): Promise<void> {
    if (this.#isClosed) return
    this.#isClosed = true
    this.#cancelRetry?.()
    this.#cancelListen?.()
    drop(this.#listener)
    await this.#pool.end().catch(() => undefined)
  }

  #newPool(): Pool {
    const max = this.#options.connections
    const pool = new this.#driver.Pool({
      ...this.#clientOptions(),
      max,
      idleTimeoutMillis: 30_000,
      allowExitOnIdle: true,
    })
    pool.on('error', () => undefined) // an idle connection broke: the next call finds out
    return pool
  }

  #clientOptions(): ClientConfig {
    const { url, statementMs, connectMs } = this.#options
    return {
      connectionString: url,
      statement_timeout: statementMs,
      // The server cancels first; this is for one that does not answer at all.
      query_timeout: statementMs + 1000,
      connectionTimeoutMillis: connectMs,
      keepAlive: true,
      application_name: 'forebay',
    }
  }

  /** Refuses a server that only reads, and makes the schema. */
  async #prepare(): Promise<void> {
    const client: PoolClient = await this.#pool.connect()
    try {
      await refuseStandby(client)
      await migrate(client, this.#options.schema)
      client.release()
    } catch (error) {
      client.release(true)
      throw error
    }
  }

  #away(error: ForebayError): void {
    if (this.#isAway || this.#isClosed) return
    this.#isAway = true
    this.#renew()
    this.#events.away(error)
    this.#retryLater()
  }

  /** Whatever is left of the old connections must not be asked again: they may lead to a server that has been demoted. */
  #renew(): void {
    const old = this.#pool
    this.#pool = this.#newPool()
    old.end().catch(() => undefined)
    this.#cancelListen?.()
    this.#cancelListen = undefined
    drop(this.#listener)
    this.#listener = undefined
  }

  #retryLater(): void {
    const ms =
      Math.min(LONGEST_MS, FIRST_MS * 2 ** Math.min(this.#failures++, 10)) * (0.5 + 0.5 * this.#options.random())
    this.#cancelRetry = this.#options.clock.after(ms, () => void this.#retry())
  }

  async #retry(): Promise<void> {
    try {
      await this.#prepare()
      await this.#listen()
    } catch {
      if (this.#isClosed) return
      this.#renew()
      return this.#retryLater()
    }
    if (this.#isClosed) return
    this.#failures = 0
    this.#isAway = false
    this.#events.back()
  }

  async #listen(): Promise<void> {
    const listener = new this.#driver.Client({ ...this.#clientOptions(), statement_timeout: 0 })
    listener.on('error', () => undefined) // followed by `end`
    listener.on('notification', ({ payload = '' }) => {
      const [queue, what] = payload.split(' ')
      this.#events.wake(Number(queue), what ?? '')
    })
    listener.on('end', () => {
      if (listener === this.#listener) this.#listenLater()
    })
    try {
      await listener.connect()
      await listener.query(`listen "${this.#options.schema}"`)
    } catch (error) {
      drop(listener)
      throw error
    }
    if (this.#isClosed) return drop(listener)
    this.#listener = listener
  }

  /** Without it messages are found by asking now and then: calls go on. */
  #listenLater(): void {
    this.#listener = undefined
    if (this.#isClosed || this.#isAway) return
    this.#cancelListen = this.#options.clock.after(LONGEST_MS * (0.5 + 0.5 * this.#options.random()), () => {
      if (!this.#isAway) this.#listen().catch(() => this.#listenLater())
    })
  }
}

async function refuseStandby(client: PoolClient): Promise<void> {
  const { rows } = await client.query<{ only: string }>("select current_setting('transaction_read_only') as only")
  if (rows[0]?.only === 'on')
    throw new ForebayError('FOREBAY_UNAVAILABLE', 'postgres: this server only reads (a standby?)', {
      retryable: true,
    })
}

function drop(client: Client | undefined): void {
  client?.end().catch(() => undefined)
}

const BOOL = 16
const BYTEA = 17
const INTEGERS = new Set([20, 21, 23])

/** Integers of eight bytes are numbers here: times in ms and counts, far below 2 ** 53. */
const ANSWERS = { types: { getTypeParser: parserOf } } as Pick<QueryConfig, 'types'>

function parserOf(type: number): (value: string) => unknown {
  if (INTEGERS.has(type)) return Number
  if (type === BYTEA) return (value) => Buffer.from(value.slice(2), 'hex') // behind \x
  if (type === BOOL) return (value) => value === 't'
  return (value) => value
}

async function loadDriver(): Promise<typeof Driver> {
  try {
    return await import('pg')
  } catch (error) {
    throw new ForebayError('FOREBAY_UNAVAILABLE', "postgres: needs the package 'pg': npm install pg", { cause: error })
  }
}
