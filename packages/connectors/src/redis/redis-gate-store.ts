import { createHash } from 'node:crypto'
import { ForebayError } from 'forebay'
import type { RateStore, SlotAnswer, SlotAsk, SlotStore, StoreAnswer, StoreAsk } from 'forebay/gates'
import type { Redis } from 'ioredis'
import { gateScripts } from './gate-scripts.ts'
import type { ScriptName } from './gate-scripts.ts'

export interface RedisGateStoreOptions {
  /** Where Redis (7 or newer) is: `redis://host:port/db`, `rediss://` for TLS. */
  readonly url?: string
  /**
   * A client of ioredis of your own, in place of `url`. It is yours to close; it must not queue what it cannot send:
   * `enableOfflineQueue: false`.
   */
  readonly client?: Redis
  /** What all keys begin with; default `'forebay:gate'`. */
  readonly prefix?: string
}

/** A store of rates and of limits in Redis. */
export interface RedisGateStore extends RateStore, SlotStore, AsyncDisposable {
  /** Gives up the connection that it opened itself. Closing twice is fine. */
  close(): Promise<void>
}

/** How long the driver waits before it connects again, at most. */
const longestPauseMs = 1000

/**
 * Keeps the rates of `sharedRate` and the slots of `sharedLimit` in Redis: each ask is one script that runs there as a
 * whole and goes by the server's time, all asks of a batch travel in one pipeline.
 *
 * Keys are `prefix:name:`, a letter for what they hold and 22 characters of a hash, however long and strange they were,
 * and expire when they would say what a missing key says, so a key that nobody uses takes no memory. Refusals write
 * nothing, unless the server's clock has gone back. When it is not connected it rejects at once with
 * `FOREBAY_UNAVAILABLE`, and the gate goes on as its `away` says. `ioredis` is an optional peer dependency and loaded
 * with the first ask. Throws `TypeError` unless exactly one of `url` and `client` is given.
 */
export function redisGateStore(options: RedisGateStoreOptions): RedisGateStore {
  const { url, client, prefix = 'forebay:gate' } = options
  if ((url === undefined) === (client === undefined))
    throw new TypeError('redisGateStore: expected either url or client')
  return new Store(prefix, url, client)
}

class Store implements RedisGateStore {
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
    const replies = await this.#answers(
      asks.map((ask) => {
        const { name, key, rate, least, most, correction, mark } = ask
        const values = [rate.limit, rate.perMs, rate.burst, least, most, correction, mark]
        // With the letter of its algorithm, since what one of them wrote means nothing to another.
        return { script: rate.algorithm, key: `${name}:${rate.algorithm[0]}:${hashOf(key)}`, values }
      }),
    )
    return replies.map((reply) => {
      const [granted, waitMs, mark, at] = numbersOf(reply, 4) as [number, number, number, number]
      return { granted, waitMs, mark, at }
    })
  }

  async hold({ name, limit, owner, held, most, ttlMs }: SlotAsk): Promise<SlotAnswer> {
    const values = [limit, hashOf(owner), held, most, ttlMs]
    const [reply] = await this.#answers([{ script: 'slots', key: `${name}:l:${hashOf(name)}`, values }])
    return { granted: numbersOf(reply, 2)[0] as number }
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

  /** What the scripts answer. Throws `FOREBAY_UNAVAILABLE` for whatever the driver or the server has against it. */
  async #answers(calls: readonly ScriptCall[]): Promise<unknown[]> {
    try {
      return await this.#run(await this.#connected(), calls)
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

  /** All calls in one pipeline; those whose script the server does not know yet, once more with the script itself. */
  async #run(client: Redis, calls: readonly ScriptCall[]): Promise<unknown[]> {
    const replies = await this.#pipeline(client, calls, false)
    const unknown = replies.flatMap(([error], i) => (error?.message.startsWith('NOSCRIPT') === true ? [i] : []))
    if (unknown.length > 0) {
      const whole = unknown.map((i) => calls[i] as ScriptCall)
      const again = await this.#pipeline(client, whole, true)
      unknown.forEach((i, place) => (replies[i] = again[place] as Reply))
    }
    return replies.map(([error, reply]) => {
      if (error !== null) throw error
      return reply
    })
  }

  async #pipeline(client: Redis, calls: readonly ScriptCall[], whole: boolean): Promise<Reply[]> {
    const pipeline = client.pipeline()
    for (const { script, key, values } of calls) {
      const { text, sha } = gateScripts()[script]
      if (whole) pipeline.eval(text, 1, `${this.#prefix}:${key}`, ...values)
      else pipeline.evalsha(sha, 1, `${this.#prefix}:${key}`, ...values)
    }
    const replies = await pipeline.exec()
    if (replies === null) throw new Error('the pipeline was given up')
    return replies as Reply[]
  }

  async #connected(): Promise<Redis> {
    if (this.#isClosed) throw new ForebayError('FOREBAY_CLOSED', 'the store of gates is closed')
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

interface ScriptCall {
  readonly script: ScriptName
  readonly key: string
  readonly values: readonly (string | number)[]
}

function hashOf(key: string): string {
  return createHash('sha256').update(key).digest('base64url').slice(0, 22)
}

function numbersOf(reply: unknown, count: number): number[] {
  const numbers = Array.isArray(reply) ? reply.map(Number) : []
  if (numbers.length === count && numbers.every(Number.isFinite)) return numbers
  throw new ForebayError('FOREBAY_CORRUPT', 'redis: the script of a gate gave an answer that is none')
}
