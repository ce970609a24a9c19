import type { Msg } from './nats-connection.ts'
import { failureOfDriver, NatsFailure } from './nats-failure.ts'

const NO_RESPONDERS = 503

/** Requests that were sent together, until all are answered. */
interface Burst {
  readonly answers: (Msg | undefined)[]
  missing: number
  readonly resolve: (answers: Msg[]) => void
  readonly reject: (error: unknown) => void
  readonly timer: NodeJS.Timeout
}

/**
 * Many requests at once, with one promise and one timer for all of them: the driver's own request makes several of each,
 * and an error with its stack in case that it is needed. Their answers come to an inbox of their own.
 *
 * Bounded by whoever sends: the calls of an outbox, with at most its window.
 */
export class NatsBursts {
  readonly #inbox: string
  readonly #timeoutMs: number
  readonly #underWay = new Map<string, Burst>()
  #next = 0

  constructor(inbox: string, timeoutMs: number) {
    this.#inbox = inbox
    this.#timeoutMs = timeoutMs
  }

  /** What has to be subscribed to, for {@link came}. */
  get subject(): string {
    return `${this.#inbox}.*.*`
  }

  /** Calls `send` for each with the subject for its answer; resolves with all answers, in order. */
  ask(count: number, send: (index: number, reply: string) => void): Promise<Msg[]> {
    const name = String(this.#next++)
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => this.#end(name)?.reject(new NatsFailure('call', 'timeout', late)), this.#timeoutMs)
      this.#underWay.set(name, { answers: Array.from({ length: count }), missing: count, resolve, reject, timer })
      try {
        for (let index = 0; index < count; index++) send(index, `${this.#inbox}.${name}.${index}`)
      } catch (error) {
        this.#end(name)?.reject(failureOfDriver(error))
      }
    })
  }

  /** An answer, from whoever knows the subject: one that is no first answer to something asked is none. */
  came(message: Msg): void {
    const [name = '', index] = message.subject.slice(this.#inbox.length + 1).split('.')
    const burst = this.#underWay.get(name)
    if (burst === undefined) return // it was given up
    if (message.data.length === 0 && message.headers?.code === NO_RESPONDERS)
      return this.#end(name)?.reject(failureOfDriver(new Error('no responders')))
    const at = Number(index)
    if (!(at in burst.answers) || burst.answers[at] !== undefined) return // of another question, or once more
    burst.answers[at] = message
    if (--burst.missing === 0) this.#end(name)?.resolve(burst.answers as Msg[])
  }

  /** Nobody will answer what is under way. */
  giveUp(error: unknown): void {
    for (const name of this.#underWay.keys()) this.#end(name)?.reject(error)
  }

  #end(name: string): Burst | undefined {
    const burst = this.#underWay.get(name)
    clearTimeout(burst?.timer)
    this.#underWay.delete(name)
    return burst
  }
}

const late = { retryable: true }
