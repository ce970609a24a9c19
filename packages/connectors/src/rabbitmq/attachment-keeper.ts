import { ForebayError } from 'forebay'
import type { Held, LinkEvents, Settings } from 'forebay/queue'
import type { AsyncMessage } from 'rabbitmq-client'
import { Attachment } from './attachment.ts'
import { unavailable, type Connections } from './rabbit-connection.ts'
import type { Topology } from './topology.ts'

interface KeeperOptions {
  readonly queue: string
  readonly settings: Settings<unknown>
  readonly events: LinkEvents
  readonly connections: Connections
  readonly topology: Topology
  readonly accept: (message: AsyncMessage) => { held: Held; isGood: boolean }
  readonly drop: (held: Held) => void
}

/** Keeps a queue attached to its broker: attaches again when a connection broke, and tells when nothing may be put. */
export class AttachmentKeeper {
  readonly #options: KeeperOptions
  readonly #stopListening: (() => void)[] = []
  #attachment: Attachment | undefined
  #attaching: Promise<void> | undefined
  #cancelRetry: (() => void) | undefined
  #wanted = { now: 0, window: 0 }
  /** Why the broker asks for quiet. */
  #blocked: string | undefined
  #quiet = new Signal()
  /** The queue owed an answer for too long, and has given none since. */
  #isMute = false
  #isPaused = false
  #isClosed = false

  constructor(options: KeeperOptions) {
    this.#options = options
  }

  get attachment(): Attachment | undefined {
    return this.#attachment
  }

  /** Resolves when the broker asks for quiet. */
  get quiet(): Promise<void> {
    return this.#quiet.given
  }

  async open(): Promise<void> {
    await this.#attach()
    const { out, in: into } = this.#options.connections
    const up = (): void => this.#recover()
    const down = (): void => this.#tell()
    this.#stopListening.push(
      out.listen({ up, down, blocked: (reason) => this.#block(reason) }),
      into.listen({ up, down, blocked: () => {} }), // nothing is published there
    )
  }

  /** Throws `FOREBAY_UNAVAILABLE` while the broker is away. */
  attached(): Attachment {
    const { queue, connections } = this.#options
    if (this.#isClosed) throw new ForebayError('FOREBAY_CLOSED', `${queue} is closed`)
    if (this.#attachment === undefined || this.#attachment.isOver)
      throw unavailable('not connected', connections.out.lastError ?? connections.in.lastError)
    return this.#attachment
  }

  want(now: number, window: number): void {
    this.#wanted = { now, window }
    this.#attachment?.subscription.want(now, window)
  }

  async close(): Promise<void> {
    if (this.#isClosed) return
    this.#isClosed = true
    for (const stop of this.#stopListening) stop()
    this.#cancelRetry?.()
    await this.#attaching?.catch(() => undefined)
    await this.#attachment?.close()
    this.#attachment = undefined
  }

  async #attach(): Promise<void> {
    const { queue, settings, events, connections, topology, accept, drop } = this.#options
    await topology.declare()
    const attachment = await Attachment.open(queue, connections, {
      clock: settings.clock,
      accept,
      drop,
      deliver: (messages) => events.deliver(messages),
      dry: () => events.dry(),
      isBlocked: () => this.#blocked !== undefined,
      missing: () => {
        topology.forget()
        topology.declare().catch(() => undefined) // the next put finds it missing again
      },
      broken: (lost, isMute) => {
        this.#attachment = undefined
        this.#isMute ||= isMute
        this.#tell()
        events.lost(lost)
        this.#recover()
      },
    })
    // Queues without a leader take consumers and count, so that they seem to be there until something is put.
    if (this.#isMute) await attachment.probe(queue)
    this.#isMute = false
    if (this.#isClosed) return attachment.close()
    this.#attachment = attachment
    attachment.subscription.want(this.#wanted.now, this.#wanted.window)
  }

  /** Attaches again as soon as both connections are there, and then every 0.1 to 1 s until it works. */
  #recover(): void {
    const { settings, connections } = this.#options
    if (this.#isClosed || this.#attachment !== undefined || !connections.out.isUp || !connections.in.isUp) return
    this.#cancelRetry?.()
    this.#cancelRetry = undefined
    this.#attaching ??= this.#attach()
      .then(() => this.#block(undefined)) // a new connection is not blocked, or is told so
      .catch(() => {
        const ms = 100 + 900 * settings.random.next()
        if (!this.#isClosed) this.#cancelRetry = settings.clock.after(ms, () => this.#recover())
      })
      .finally(() => {
        this.#attaching = undefined
      })
  }

  #block(reason: string | undefined): void {
    if (reason !== undefined) this.#quiet.give()
    else if (this.#blocked !== undefined) this.#quiet = new Signal()
    this.#blocked = reason
    this.#tell()
  }

  #tell(): void {
    const { events } = this.#options
    const isAway = this.#attachment === undefined || this.#attachment.isOver
    const isPaused = isAway || this.#blocked !== undefined
    if (!isPaused && !this.#isPaused) return
    this.#isPaused = isPaused
    if (!isPaused) events.resume()
    else if (isAway) events.pause('broker', this.#isMute ? 'the queue does not answer' : 'not connected', false)
    else events.pause(this.#blocked?.includes('disk') === true ? 'disk' : 'broker', this.#blocked ?? '', true)
  }
}

/** A promise that somebody resolves. */
class Signal {
  give: () => void = () => {}
  readonly given: Promise<void> = new Promise((resolve) => {
    this.give = resolve
  })
}
