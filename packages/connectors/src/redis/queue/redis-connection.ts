import { ForebayError } from 'forebay'
import type { Redis } from 'ioredis'
import { queueScript, type QueueScriptName } from './queue-scripts.ts'

/** What a connection tells; `wake` is what a script published for a queue. */
export interface ConnectionEvents {
  away(error: unknown): void
  back(): void
  wake(prefix: string, what: string): void
}

export type Argument = string | number | Buffer

const COMMAND_MS = 5000
const CHANNEL = 'wake'

/**
 * The two connections of a store: one for scripts, one that is told what was published. Both connect again by
 * themselves, at most a second apart; nothing waits inside the driver while they are away. A server that has become a
 * replica counts as away: whoever took its place is found by connecting again.
 */
export class RedisConnection {
  readonly #commands: Redis
  readonly #wakes: Redis
  readonly #events: ConnectionEvents
  readonly #channels = new Set<string>() // one a queue
  #isBack = false
  #isClosed = false
  #lastError: unknown
  /** How often in a row the server was a replica: it connects as rarely as if it had been refused as often. */
  #demotions = 0
  /** The connection was given up, and the driver has not closed it yet. */
  #isLeaving = false

  private constructor(commands: Redis, wakes: Redis, events: ConnectionEvents) {
    this.#commands = commands
    this.#wakes = wakes
    this.#events = events
    for (const client of [commands, wakes]) client.on('error', (error) => (this.#lastError = error))
    commands.on('ready', () => this.#back())
    commands.on('close', () => this.#away())
    wakes.on('ready', () => this.#listen())
    wakes.on('message', (channel: string, what: string) => {
      events.wake(channel.slice(0, -CHANNEL.length), what)
    })
  }

  /** Connects; rejects with `FOREBAY_UNAVAILABLE` when that does not succeed in time. */
  static async open(url: string, events: ConnectionEvents, random: () => number): Promise<RedisConnection> {
    const { Redis } = await loadDriver()
    const options = {
      lazyConnect: true,
      // Nothing may pile up here: what waits, waits in the line of the queue.
      enableOfflineQueue: false,
      autoResendUnfulfilledCommands: false,
      autoResubscribe: false,
      maxRetriesPerRequest: 0,
      commandTimeout: COMMAND_MS,
      connectTimeout: 3000,
      keepAlive: 5000,
      retryStrategy: (times: number): number => {
        const failures = Math.max(times, connection.#demotions)
        return (0.5 + 0.5 * random()) * Math.min(1000, 50 * 2 ** Math.min(failures, 5))
      },
    }
    const connection: RedisConnection = new RedisConnection(new Redis(url, options), new Redis(url, options), events)
    try {
      await connection.#commands.connect()
      await connection.#wakes.connect()
    } catch (error) {
      connection.close()
      throw new ForebayError('FOREBAY_UNAVAILABLE', `redis does not answer: ${text(connection.#lastError ?? error)}`, {
        cause: connection.#lastError ?? error,
        retryable: true,
      })
    }
    connection.#isBack = true
    return connection
  }

  get isAway(): boolean {
    return this.#commands.status !== 'ready' || this.#isLeaving
  }

  /** Hears what is published for a queue from now on. */
  async listen(prefix: string): Promise<void> {
    this.#channels.add(prefix + CHANNEL)
    await this.#wakes.subscribe(prefix + CHANNEL).catch(() => undefined) // subscribed again when it is back
  }

  async deafen(prefix: string): Promise<void> {
    this.#channels.delete(prefix + CHANNEL)
    await this.#wakes.unsubscribe(prefix + CHANNEL).catch(() => undefined)
  }

  /** Runs a script on the keys of one queue. Answers hold `Buffer`s. */
  async run(script: QueueScriptName, prefix: string, values: readonly Argument[]): Promise<unknown> {
    const { sha, text: whole } = queueScript(script)
    const answer = await this.#call(async () => {
      try {
        return await this.#commands.callBuffer('EVALSHA', sha, 1, prefix, ...values)
      } catch (error) {
        if (!text(error).startsWith('NOSCRIPT')) throw error
        return await this.#commands.callBuffer('EVAL', whole, 1, prefix, ...values)
      }
    })
    if (script !== 'peek') this.#demotions = 0 // a replica takes reading calls
    return answer
  }

  /** A command outside of any queue. */
  command(name: string, ...values: Argument[]): Promise<unknown> {
    return this.#call(() => this.#commands.call(name, ...values))
  }

  close(): void {
    this.#isClosed = true
    this.#commands.disconnect()
    this.#wakes.disconnect()
  }

  async #call<T>(work: () => Promise<T>): Promise<T> {
    if (this.#isClosed) throw new ForebayError('FOREBAY_CLOSED', 'the store is closed')
    if (this.isAway) throw unavailable(this.#lastError ?? new Error(`not connected (${this.#commands.status})`))
    try {
      return await work()
    } catch (error) {
      if (text(error).startsWith('READONLY')) this.#demoted(error)
      // A server that does not answer: what was asked may have been done, so the connection is given up with it.
      if (text(error) === 'Command timed out') this.#commands.disconnect(true)
      throw unavailable(error)
    }
  }

  /** The server takes nothing any more, and never says so by itself. */
  #demoted(error: unknown): void {
    if (this.isAway) return // somebody has heard of it before
    this.#demotions++
    this.#isLeaving = true
    this.#lastError = error
    this.#commands.disconnect(true)
    this.#wakes.disconnect(true)
  }

  #back(): void {
    this.#isLeaving = false
    if (!this.#isBack || this.#isClosed) return
    this.#events.back()
  }

  #away(): void {
    if (this.#isBack && !this.#isClosed) this.#events.away(this.#lastError)
  }

  #listen(): void {
    if (this.#channels.size === 0) return
    this.#wakes.subscribe(...this.#channels).then(
      () => this.#channels.forEach((channel) => this.#events.wake(channel.slice(0, -CHANNEL.length), 'ready')),
      () => undefined,
    )
  }
}

/** Errors that say what Redis refuses, and will refuse again; everything else may go well later. */
function unavailable(error: unknown): ForebayError {
  const message = text(error)
  const isFinal = /^(ERR|WRONGTYPE|NOAUTH|WRONGPASS|NOPERM|CROSSSLOT)\b/.test(message)
  return new ForebayError('FOREBAY_UNAVAILABLE', `redis: ${message}`, { cause: error, retryable: !isFinal })
}

function text(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}

async function loadDriver(): Promise<{ readonly Redis: typeof Redis }> {
  try {
    return await import('ioredis')
  } catch (error) {
    throw new ForebayError('FOREBAY_UNAVAILABLE', "redis: needs the package 'ioredis': npm install ioredis", {
      cause: error,
    })
  }
}
