import { setTimeout as wait } from 'node:timers/promises'
import type { Channel } from 'rabbitmq-client'
import { closeChannel, messageOf, unavailable, type Connections } from './rabbit-connection.ts'

/** How long somebody else may hold the lock, or the broker keep quiet, until it is given up. */
const PATIENCE_MS = 10_000
/** Reads of one copy of the list after which it is written anew, long before the broker's limit. */
const MOST_READS = 1000

/**
 * The names of all queues under a prefix, since the protocol lists none: one message in the queue `prefix::names`,
 * which is no queue's name. It is read and written under a lock, the queue `prefix::lock`, which the broker gives to
 * one connection and takes back when that ends. Several copies, after a crash, are united; one that is replaced is
 * removed when its successor is stored.
 */
export class QueueDirectory {
  readonly #prefix: string
  readonly #connections: Connections
  #last: Promise<unknown> = Promise.resolve()

  constructor(prefix: string, connections: Connections) {
    this.#prefix = prefix
    this.#connections = connections
  }

  /** Notes the name of a queue that is there. */
  add(name: string): Promise<void> {
    return this.#alone((names) => {
      names.add(name)
      return Promise.resolve()
    })
  }

  /** The names of those that are still there; the others are forgotten. */
  list(): Promise<string[]> {
    return this.#alone(async (names) => {
      for (const name of names) if (!(await this.#exists(`${this.#prefix}:${name}`))) names.delete(name)
      return [...names]
    })
  }

  /** One after the other in this process, and one process after the other. */
  #alone<R>(work: (names: Set<string>) => Promise<R>): Promise<R> {
    const result = this.#last.then(() => this.#locked(work))
    this.#last = result.catch(() => undefined)
    return result
  }

  async #locked<R>(work: (names: Set<string>) => Promise<R>): Promise<R> {
    const lock = await this.#lock()
    try {
      return await inTime(this.#revise(work))
    } catch (error) {
      throw unavailable(`cannot read the names of queues: ${messageOf(error)}`, error)
    } finally {
      await inTime(lock.queueDelete(this.#lockName)).catch(() => undefined)
      await closeChannel(lock)
    }
  }

  async #lock(): Promise<Channel> {
    const end = performance.now() + PATIENCE_MS
    for (;;) {
      const channel = await this.#connections.in.channel()
      try {
        await inTime(channel.queueDeclare({ queue: this.#lockName, exclusive: true }))
        return channel
      } catch (error) {
        await closeChannel(channel)
        if ((error as { code?: unknown }).code !== 'RESOURCE_LOCKED' || performance.now() > end)
          throw unavailable(`cannot lock the names of queues: ${messageOf(error)}`, error)
        await wait(10 + 40 * Math.random())
      }
    }
  }

  async #revise<R>(work: (names: Set<string>) => Promise<R>): Promise<R> {
    const queue = this.#namesName
    const channel = await this.#connections.in.channel()
    try {
      const limit = { 'x-queue-type': 'quorum', 'x-delivery-limit': 1_000_000 } as const
      await channel.queueDeclare({ queue, durable: true, arguments: limit })
      const names = new Set<string>()
      const copies: number[] = [] // one, but after a crash
      let isWorn = false
      for (;;) {
        const message = await channel.basicGet({ queue })
        if (message === undefined) break
        copies.push(message.deliveryTag)
        isWorn ||= Number(message.headers?.['x-delivery-count'] ?? 0) > MOST_READS
        for (const name of namesIn(message.body)) names.add(name)
      }
      const before = [...names].join()
      const result = await work(names)
      if (copies.length !== 1 || isWorn || [...names].join() !== before) {
        await this.#write([...names])
        for (const deliveryTag of copies) channel.basicAck({ deliveryTag })
      } else for (const deliveryTag of copies) channel.basicNack({ deliveryTag, requeue: true })
      return result
    } finally {
      await closeChannel(channel) // what was not removed goes back with it
    }
  }

  async #write(names: readonly string[]): Promise<void> {
    const channel = await this.#connections.out.channel()
    try {
      await channel.confirmSelect()
      await channel.basicPublish({ routingKey: this.#namesName, durable: true }, { names })
    } finally {
      await closeChannel(channel)
    }
  }

  async #exists(queue: string): Promise<boolean> {
    const channel = await this.#connections.in.channel()
    try {
      await channel.queueDeclare({ queue, passive: true })
      return true
    } catch (error) {
      if ((error as { code?: unknown }).code === 'NOT_FOUND') return false
      throw error
    } finally {
      await closeChannel(channel)
    }
  }

  get #namesName(): string {
    return `${this.#prefix}::names`
  }

  get #lockName(): string {
    return `${this.#prefix}::lock`
  }
}

function namesIn(body: unknown): string[] {
  const names: unknown = (body as { names?: unknown } | null)?.names
  return Array.isArray(names) ? names.filter((name) => typeof name === 'string') : []
}

async function inTime<R>(work: Promise<R>): Promise<R> {
  const stop = new AbortController()
  const late = wait(PATIENCE_MS, undefined, { signal: stop.signal }).then(() => {
    throw new Error('no answer in time')
  })
  try {
    return await Promise.race([work, late])
  } finally {
    stop.abort()
    late.catch(() => undefined)
  }
}
