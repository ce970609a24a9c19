import type { Settings, StoreReport } from 'forebay/queue'
import { delaySteps } from './delay-steps.ts'
import { deadQueue, delayQueue, freshQueue, mainQueue, type Declaration, type QueueNames } from './queue-names.ts'
import { closeChannel, messageOf, unavailable, type RabbitConnection } from './rabbit-connection.ts'

/** What a topology needs to know of its queue. */
type Bounds = Pick<Settings<unknown>, 'maxItems' | 'maxBytes' | 'clock'>

/** Makes the queues of one queue on the broker when they are needed, and knows which there are. */
export class Topology {
  readonly #names: QueueNames
  readonly #bounds: Bounds
  readonly #settleMs: number
  readonly #connection: RabbitConnection
  readonly #report: (report: StoreReport) => void
  /** Steps whose queue is there for sure, at most 22. */
  readonly #steps = new Set<number>()
  /** A step that is being made: once for all who need it. */
  readonly #making = new Map<number, Promise<void>>()
  /** When queues that are new may be used, by name: at most 24. */
  readonly #settled = new Map<string, number>()
  /** Queues that were there when they were looked at first, and are not new any more, or whose time is known. */
  readonly #known = new Set<string>()
  #declaring: Promise<void> = Promise.resolve()
  #isReported = false
  #hasLooked = false

  constructor(
    names: QueueNames,
    bounds: Bounds,
    settleMs: number,
    connection: RabbitConnection,
    report: (report: StoreReport) => void,
  ) {
    this.#names = names
    this.#bounds = bounds
    this.#settleMs = settleMs
    this.#connection = connection
    this.#report = report
  }

  /** Queues with delayed messages, as far as they are known. */
  get steps(): readonly number[] {
    return [...this.#steps].toSorted((a, b) => a - b)
  }

  declare(): Promise<void> {
    const declaring = this.#declareBoth()
    this.#declaring = declaring.catch(() => undefined)
    return declaring
  }

  /**
   * Waits until something may be stored in these queues. RabbitMQ writes down within a second which files belong to a
   * new queue; if it is killed before, what it has confirmed is gone, and it finds no leader for the queue again.
   */
  async settled(queues: Iterable<string>): Promise<void> {
    await this.#declaring
    let ms = 0
    for (const queue of queues) ms = Math.max(ms, this.settlesIn(queue))
    if (ms > 0) await new Promise<void>((resolve) => this.#bounds.clock.after(ms, resolve))
  }

  /** In how many ms that is. */
  settlesIn(queue: string): number {
    return Math.max(0, (this.#settled.get(queue) ?? 0) - this.#bounds.clock.now())
  }

  /** The queue of a step, made when it is used first. */
  async step(step: number): Promise<string> {
    if (!this.#steps.has(step)) {
      let making = this.#making.get(step)
      if (making === undefined) {
        making = this.#declare(delayQueue(this.#names, step)).finally(() => this.#making.delete(step))
        this.#making.set(step, making)
      }
      await making
      this.#steps.add(step)
    }
    return this.#names.delay(step)
  }

  /** Looks which steps other clients, or earlier ones, have made: `once` is enough for a rough count. */
  async look(once: boolean): Promise<void> {
    if (once && this.#hasLooked) return
    const isFresh = await this.#isFresh()
    await Promise.all(
      delaySteps
        .filter((step) => !this.#steps.has(step))
        .map(async (step) => {
          const queue = this.#names.delay(step)
          if (!(await this.#exists(queue))) return
          this.#found(queue, isFresh && !this.#known.has(queue))
          this.#steps.add(step)
        }),
    )
    this.#hasLooked = true
  }

  /** A queue was deleted: nothing is sure any more. */
  forget(): void {
    this.#steps.clear()
    this.#known.clear()
  }

  async #declareBoth(): Promise<void> {
    await this.#declare(deadQueue(this.#names))
    await this.#declare(mainQueue(this.#names, this.#bounds))
  }

  /** One with other bounds is used as it is, and reported. */
  async #declare(declaration: Declaration): Promise<void> {
    const { queue } = declaration
    const isNew = await this.#isNew(queue)
    const channel = await this.#connection.channel()
    try {
      await channel.queueDeclare(declaration)
      this.#found(queue, isNew)
    } catch (error) {
      if ((error as { code?: unknown }).code !== 'PRECONDITION_FAILED')
        throw unavailable(`cannot make queue ${declaration.queue}: ${messageOf(error)}`, error)
      if (!this.#isReported) {
        const what = `queue ${declaration.queue} is there with other bounds, which stay as they are`
        this.#report({ kind: 'other-bounds', message: `${what}: ${messageOf(error)}` })
      }
      this.#isReported = true
    } finally {
      await closeChannel(channel)
    }
  }

  /** It is not there, or another client has made a queue of these just now. */
  async #isNew(queue: string): Promise<boolean> {
    if (!(await this.#exists(queue))) {
      await this.#mark()
      return true
    }
    return !this.#known.has(queue) && this.#isFresh()
  }

  /** Another client has made one of these queues just now. */
  async #isFresh(): Promise<boolean> {
    return this.#settleMs > 0 && this.#exists(this.#names.fresh)
  }

  #found(queue: string, isNew: boolean): void {
    this.#known.add(queue)
    if (isNew) this.#settled.set(queue, this.#bounds.clock.now() + this.#settleMs)
  }

  /** Others see by a queue that ends by itself that something is new. */
  async #mark(): Promise<void> {
    if (this.#settleMs === 0) return
    const channel = await this.#connection.channel()
    try {
      await channel.queueDeclare(freshQueue(this.#names, this.#settleMs))
    } catch (error) {
      // A client with another time has marked it.
      if ((error as { code?: unknown }).code !== 'PRECONDITION_FAILED') throw unavailable(messageOf(error), error)
    } finally {
      await closeChannel(channel)
    }
  }

  async #exists(queue: string): Promise<boolean> {
    const channel = await this.#connection.channel()
    try {
      await channel.queueDeclare({ queue, passive: true })
      return true
    } catch (error) {
      if ((error as { code?: unknown }).code === 'NOT_FOUND') return false
      throw unavailable(messageOf(error), error)
    } finally {
      await closeChannel(channel)
    }
  }
}
