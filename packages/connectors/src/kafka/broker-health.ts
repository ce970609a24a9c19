import type { Clock } from 'forebay'
import type { KafkaCluster } from './kafka-cluster.ts'
import { messageOf, unavailable } from './kafka-errors.ts'

const FIRST_MS = 50
const LONGEST_MS = 1000

export interface HealthListener {
  away(message: string): void
  back(): void
}

/** Whether any broker answers: asked when something has failed, and then, with jittered pauses, until one does. */
export class BrokerHealth {
  readonly #cluster: KafkaCluster
  readonly #clock: Clock
  readonly #listeners = new Set<HealthListener>() // one an open link
  #isAway = false
  #isAsking = false
  #isClosed = false
  #cancel: (() => void) | undefined

  constructor(cluster: KafkaCluster, clock: Clock) {
    this.#cluster = cluster
    this.#clock = clock
  }

  get isAway(): boolean {
    return this.#isAway
  }

  /** Throws `FOREBAY_UNAVAILABLE` while no broker answers. */
  check(): void {
    if (this.#isAway) throw unavailable('no broker answers', undefined)
  }

  listen(listener: HealthListener): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  /** Something has failed: is anybody there? */
  suspect(): void {
    if (!this.#isAsking && !this.#isClosed) void this.#ask()
  }

  close(): void {
    this.#isClosed = true
    this.#cancel?.()
  }

  async #ask(): Promise<void> {
    this.#isAsking = true
    for (let pauseMs = FIRST_MS; !this.#isClosed; pauseMs = Math.min(LONGEST_MS, 2 * pauseMs)) {
      try {
        await this.#cluster.nodes()
        break
      } catch (error) {
        if (!this.#isAway && !this.#isClosed) {
          this.#isAway = true
          for (const listener of this.#listeners) listener.away(messageOf(error))
        }
      }
      await this.#wait(pauseMs * (0.5 + Math.random() / 2))
    }
    this.#isAsking = false
    if (!this.#isAway || this.#isClosed) return
    this.#isAway = false
    for (const listener of this.#listeners) listener.back()
  }

  #wait(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const stop = this.#clock.after(ms, resolve)
      this.#cancel = () => {
        stop()
        resolve()
      }
    })
  }
}
