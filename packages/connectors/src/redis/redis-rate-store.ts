import { createHash } from 'node:crypto'
import { ForebayError } from 'forebay'
import type { RateStore, StoreAnswer, StoreAsk } from 'forebay/gates'
import type { Redis } from 'ioredis'
import { rateScripts } from './rate-scripts.ts'

export interface RedisRateStoreOptions {
  /** Where Redis (7 or newer) is: `redis://host:port/db`, `rediss://` for TLS. */
  readonly url?: string
  /**
   * A client of ioredis of your own, in place of `url`. It is yours to close; it must not queue what it cannot send:
   * `enableOfflineQueue: false`.
   */
  readonly client?: Redis
  /** What all keys begin with; default `'forebay:rate'`. */
  readonly prefix?: string
}

/** A store of rates in Redis. */
export interface RedisRateStore extends RateStore, AsyncDisposable {
  /** Gives up the connection that it opened itself. Closing twice is fine. */
  close(): Promise<void>
}

/** How long the driver waits before it connects again, at most. */
const longestPauseMs = 1000

/**
 * Keeps the rates of `sharedRate` in Redis: each ask is one script that runs there as a whole and goes by the server's
 * time, all asks of a batch travel in one pipeline.
 *
 * Keys are `prefix:name:`, a letter for the algorithm and 22 characters of a hash, however long and strange they were, and expire when they would
 * say what a missing key says, so a key that nobody uses takes no memory. Refusals write nothing. Asks for nothing
 * when it is not connected: it rejects with `FOREBAY_UNAVAILABLE`, and the gate goes on as its `away` says.
 * `ioredis` is an optional peer dependency and loaded with the first ask. Throws `TypeError` for neither url nor client.
 */
export function redisRateStore(options: RedisRateStoreOptions): RedisRateStore {
  const { url, client, prefix = 'forebay:rate' } = options
  if ((url === undefined) === (client === undefined))
    throw new TypeError('redisRateStore: expected either url or client')
  return new Store(prefix, url, client)
}

class Store implements RedisRateStore {
  readonly #prefix: string
  readonly #url: string | undefined
  #client: Redis | undefined
  #connecting: Promise<Redis> | undefined
  #lastError: unknown
  #isClosed = false

  constructor(prefix: string, url: string | undefined, client: Redis | undefined) {
    this.#prefix = prefix
    this.#url = url
    this.#client = client
  }

  async take(asks: readonly StoreAsk[]): Promise<readonly StoreAnswer[]> {
    try {
      const client = await this.#connected()
      const replies = await this.#run(client, asks)
      return replies.map(answerOf)
    } catch (error) {
      if (error instanceof ForebayError) throw error
      throw new ForebayError(
        'FOREBAY_UNAVAILABLE',
        `redis: ${error instanceof Error ? error.message : String(error)}`,
        {
          cause: this.#lastError ?? error,
          retryable: true,
        },
      )
    }
  }

  async close(): Promise<void> {
    if (this.#isClosed) return
    this.#isClosed = true
    if (this.#url === undefined) return
    const client = this.#client ?? (await this.#connecting?.catch(() => undefined))
    client?.disconnect()
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  /** All asks in one pipeline; those whose script the server does not know yet, once more with the script itself. */
  async #run(client: Redis, asks: readonly StoreAsk[]): Promise<unknown[]> {
    const replies = await this.#pipeline(client, asks, false)
    const unknown = replies.flatMap(([error], i) => (error?.message.startsWith('NOSCRIPT') === true ? [i] : []))
    if (unknown.length > 0) {
      const again = await this.#pipeline(
        client,
        unknown.map((i) => asks[i] as StoreAsk),
        true,
      )
      unknown.forEach((i, place) => (replies[i] = again[place] as Reply))
    }
    return replies.map(([error, reply]) => {
      if (error !== null) throw error
      return reply
    })
  }

  async #pipeline(client: Redis, asks: readonly StoreAsk[], whole: boolean): Promise<Reply[]> {
    const pipeline = client.pipeline()
    for (const ask of asks) {
      const script = rateScripts()[ask.rate.algorithm]
      const parts = [1, this.#keyOf(ask), ...argumentsOf(ask)] as const
      if (whole) pipeline.eval(script.text, ...parts)
      else pipeline.evalsha(script.sha, ...parts)
    }
    const replies = await pipeline.exec()
    if (replies === null) throw new Error('the pipeline was given up')
    return replies as Reply[]
  }

  /** With the letter of its algorithm, since what one of them wrote means nothing to another. */
  #keyOf({ key, name, rate }: StoreAsk): string {
    const hash = createHash('sha256').update(key).digest('base64url').slice(0, 22)
    return `${this.#prefix}:${name}:${rate.algorithm[0]}:${hash}`
  }

  async #connected(): Promise<Redis> {
    if (this.#isClosed) throw new ForebayError('FOREBAY_CLOSED', 'the store of rates is closed')
    const client = this.#client ?? (await (this.#connecting ??= this.#connect()))
    if (client.status !== 'ready') throw new Error(`not connected (${client.status})`)
    return client
  }

  async #connect(): Promise<Redis> {
    const { Redis } = await import('ioredis')
    const client = new Redis(this.#url as string, {
      lazyConnect: true,
      // Nothing may pile up here: what waits, waits in the line of the gate.
      enableOfflineQueue: false,
      autoResendUnfulfilledCommands: false,
      maxRetriesPerRequest: 0,
      commandTimeout: 5000,
      connectTimeout: 2000,
      retryStrategy: (times) => Math.min(longestPauseMs, 50 * 2 ** Math.min(times, 5)),
    })
    client.on('error', (error) => (this.#lastError = error))
    client.on('ready', () => (this.#lastError = undefined))
    await client.connect().catch((error: unknown) => (this.#lastError = error))
    this.#client = client
    if (this.#isClosed) client.disconnect()
    return client
  }
}

type Reply = [error: Error | null, reply: unknown]

function argumentsOf({ rate, least, most, correction, mark }: StoreAsk): number[] {
  return [rate.limit, rate.perMs, rate.burst, least, most, correction, mark]
}

function answerOf(reply: unknown): StoreAnswer {
  const [granted, waitMs, mark, at] = (Array.isArray(reply) ? reply : []).map(Number) as number[]
  if (
    granted === undefined ||
    waitMs === undefined ||
    mark === undefined ||
    at === undefined ||
    Number.isNaN(granted + waitMs + mark + at)
  ) {
    throw new ForebayError('FOREBAY_CORRUPT', 'redis: the script of a rate gave an answer that is none')
  }
  return { granted, waitMs, mark, at }
}
