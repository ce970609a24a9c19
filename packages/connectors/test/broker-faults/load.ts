import { setTimeout as wait } from 'node:timers/promises'
import type { Queue, Receiver, Sender } from 'forebay/queue'

/** Waits until `is` holds; fails after `withinMs` with what was waited for. */
export async function until(
  is: () => boolean | Promise<boolean>,
  what: string | (() => string),
  withinMs = 30_000,
): Promise<void> {
  const end = Date.now() + withinMs
  while (!(await is())) {
    if (Date.now() > end) throw new Error(`not in time: ${typeof what === 'string' ? what : what()}`)
    await wait(20)
  }
}

/** Producers and a consumer that work without end on one queue, and what they have been told. */
export class Load {
  readonly confirmed = new Set<number>()
  /** How often each body has come. */
  readonly seen = new Map<number, number>()
  readonly #queue: Queue<number>
  readonly sender: Sender<number>
  readonly receiver: Receiver<number>
  readonly #batch: number
  #putters: Promise<unknown> = Promise.resolve()
  #next = 0
  #isOver = false

  constructor(queue: Queue<number>, options: { batch: number; prefetch: number }) {
    this.#queue = queue
    this.#batch = options.batch
    this.sender = queue.sender()
    this.receiver = queue.receiver({ prefetch: options.prefetch })
    this.receiver.onDelivery((deliveries) => {
      for (const delivery of deliveries) {
        this.seen.set(delivery.body, (this.seen.get(delivery.body) ?? 0) + 1)
        const more = (): void => this.receiver.grant(1)
        void delivery.ack().then(more, more) // a lease that was lost is delivered again
      }
    })
    this.receiver.grant(options.prefetch)
  }

  start(putters: number): void {
    this.#putters = Promise.all(Array.from({ length: putters }, () => this.#put()))
  }

  get duplicates(): number {
    return [...this.seen.values()].reduce((sum, times) => sum + times - 1, 0)
  }

  /** Confirmed and never delivered. */
  get missing(): number[] {
    return [...this.confirmed].filter((body) => !this.seen.has(body))
  }

  /** Stops the producers, and waits until everything has been delivered and acknowledged. */
  async finish(): Promise<void> {
    this.#isOver = true
    await this.#putters
    await until(() => this.missing.length === 0, 'everything arrives', 90_000)
    await until(async () => {
      const { ready, leased, delayed } = await this.#queue.measure()
      return ready + leased + delayed === 0
    }, 'everything is acknowledged')
  }

  async #put(): Promise<void> {
    while (!this.#isOver) {
      const bodies = Array.from({ length: this.#batch }, () => this.#next++)
      await this.sender.put(bodies.map((body) => ({ body })))
      for (const body of bodies) this.confirmed.add(body)
    }
  }
}
