import type { GroupCommit } from './group-commit.ts'
import type { Message } from './message.ts'

/**
 * Messages that may have been out when an earlier process ended without closing its queue: one of them may have
 * killed it. Their attempts are written down before they are handed out, so a message that kills every process
 * that touches it reaches its last attempt. That last attempt is made alone, when no other suspect is out, so that
 * only the guilty one uses it up.
 *
 * The crash that made them suspects is not counted: nothing says which of them were out.
 */
export class Suspects {
  readonly #maxAttempts: number
  readonly #commit: GroupCommit
  readonly #release: (messages: readonly Message[]) => void
  /** Armed or handed out; bounded by what the receivers want. */
  readonly #out = new Set<Message>()
  #alone: Message | undefined
  #arming: Message[] = []
  /** Set aside while another is out alone, and those that have to be alone; part of what was in doubt, so bounded by it. */
  #waiting: Message[] = []
  readonly #lastChance: Message[] = []

  constructor(maxAttempts: number, commit: GroupCommit, release: (messages: readonly Message[]) => void) {
    this.#maxAttempts = maxAttempts
    this.#commit = commit
    this.#release = release
  }

  get isArming(): boolean {
    return this.#arming.length > 0
  }

  /** Takes a suspect that is not armed. It comes back through `release` when its attempt is written down. */
  hold(message: Message): void {
    if (this.#alone !== undefined) this.#setAside(message)
    else if (!this.#isLastChance(message)) this.#arm(message)
    else if (this.#out.size > 0) this.#lastChance.push(message)
    else {
      this.#alone = message
      this.#arm(message)
    }
  }

  /** A suspect has ended, or failed: it is written anew and no suspect any more. */
  ended(message: Message): void {
    if (this.#out.delete(message)) this.#next(message)
  }

  /** A suspect was given back untouched: its attempt did not begin. */
  returned(message: Message): void {
    if (!this.#out.delete(message)) return
    message.armed = false
    this.#commit.begin(message.chunk, message.index, message.failed)
    this.#next(message)
  }

  /** Nothing armed will be handed out any more. */
  close(): void {
    for (const message of this.#out) this.#commit.begin(message.chunk, message.index, message.failed)
    this.#out.clear()
  }

  #isLastChance(message: Message): boolean {
    return message.failed + 1 >= this.#maxAttempts
  }

  #setAside(message: Message): void {
    if (this.#isLastChance(message)) this.#lastChance.push(message)
    else this.#waiting.push(message)
  }

  #arm(message: Message): void {
    this.#out.add(message)
    this.#commit.begin(message.chunk, message.index, message.failed + 1)
    if (this.#arming.push(message) > 1) return
    this.#commit.durable().then(
      () => {
        const armed = this.#arming
        this.#arming = []
        for (const each of armed) each.armed = true
        this.#release(armed)
      },
      () => undefined, // the queue is closing over a disk that refuses; nothing was handed out
    )
  }

  #next(message: Message): void {
    if (this.#alone === message) this.#alone = undefined
    if (this.#alone !== undefined) return
    if (this.#waiting.length > 0) {
      const waiting = this.#waiting
      this.#waiting = []
      this.#release(waiting)
    } else if (this.#out.size === 0) {
      const next = this.#lastChance.shift() // as many as were in doubt at the last attempt: few
      if (next !== undefined) this.hold(next)
    }
  }
}
