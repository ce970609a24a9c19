import type { GroupCommit } from './group-commit.ts'
import type { Message } from './message.ts'
import { MinHeap } from '../kernel/min-heap.ts'
import type { Window } from './window.ts'

/**
 * Messages that may have been out when an earlier process ended without closing its queue: one of them may have
 * killed it. Their attempts are written down before they are handed out, so a message that kills every process
 * that touches it reaches its last attempt. Last attempts are trials, with no other suspect out, and the trials
 * search: half of those in doubt go out together, then half of the rest. The journal knows how many are out
 * in a trial; after a crash the next trials halve that number, each time, down to one that is alone.
 *
 *      in doubt  ████████ ████ ██ ▣   trials of 8, 4, 2, 1 let the innocent go and end at the guilty one
 *
 * Only who is alone uses up its last attempt, so only the guilty one becomes a dead letter: after about log₂ n crashes
 * for each that is guilty, and log₂ n trials when none is. A trial after one that was alone may be twice as large.
 *
 * The crash that made them suspects is not counted: nothing says which of them were out.
 */
export class Suspects {
  readonly #maxAttempts: number
  readonly #commit: GroupCommit
  readonly #window: Window
  readonly #armed: () => void
  /** Armed or handed out. What is not handed out is in the window or set aside, which count the same, and so bounded by it. */
  readonly #out = new Set<Message>()
  /** Those of `out` that make their last attempt together. */
  readonly #trial = new Set<Message>()
  #arming: Message[] = []
  #waiting: Message[] = []
  readonly #lastChance = new MinHeap<Message>((message) => message.stored.seq)
  /** How many may be in the next trial. */
  #most: number
  #isNarrowing: boolean

  /** `crashed` is how many were in a trial when the earlier process ended. `armed` is called when messages went back to the window. */
  constructor(
    options: { maxAttempts: number; commit: GroupCommit; window: Window; crashed: number },
    armed: () => void,
  ) {
    const { maxAttempts, commit, window, crashed } = options
    this.#maxAttempts = maxAttempts
    this.#commit = commit
    this.#window = window
    this.#most = crashed === 0 ? Infinity : Math.max(1, crashed >> 1)
    this.#isNarrowing = crashed > 1
    // Until the next trial begins: what is written meanwhile must not forget the search.
    commit.trial = crashed
    this.#armed = armed
  }

  get isArming(): boolean {
    return this.#arming.length > 0
  }

  /** Messages in memory that are in doubt: out, or waiting for their turn. */
  get size(): number {
    return this.#out.size + this.#waiting.length + this.#lastChance.length
  }

  /** Takes a suspect that is not armed. It goes back to the window when its attempt is written down. */
  hold(message: Message): void {
    this.#window.setAside(message)
    if (message.failed + 1 >= this.#maxAttempts) this.#lastChance.push(message)
    else if (this.#trial.size > 0) this.#waiting.push(message)
    else this.#arm(message, message.failed + 1)
  }

  /** The window has given what it can: those that waited for a trial go on, or the next trial begins. */
  advance(): void {
    if (this.#trial.size > 0) return
    for (const message of this.#waiting.splice(0)) this.#arm(message, message.failed + 1)
    if (this.#out.size === 0 && this.#lastChance.length > 0) this.#try()
  }

  /** A suspect has ended, or failed: it is written anew and no suspect any more. */
  ended(message: Message): void {
    if (!this.#out.delete(message) || !this.#trial.delete(message) || this.#trial.size > 0) return
    this.#commit.trial = 0
    if (this.#most === 1) this.#isNarrowing = false
    this.#most = this.#isNarrowing ? this.#most >> 1 : this.#most * 2
  }

  /** A suspect was given back untouched: its attempt did not begin. */
  returned(message: Message): void {
    if (!this.#out.delete(message)) return
    message.armed = false
    this.#commit.begin(message.chunk, message.index, message.failed)
    if (this.#trial.delete(message) && this.#trial.size === 0) this.#commit.trial = 0
  }

  /** Nothing armed will be handed out any more. */
  close(): void {
    for (const message of this.#out) this.#commit.begin(message.chunk, message.index, message.failed)
    this.#out.clear()
    if (this.#trial.size > 0) this.#commit.trial = 0
    this.#trial.clear()
  }

  #try(): void {
    const count = Math.min(this.#most, Math.ceil(this.#lastChance.length / 2))
    this.#commit.trial = count
    for (let i = 0; i < count; i++) {
      const message = this.#lastChance.pop() as Message
      this.#trial.add(message)
      this.#arm(message, count === 1 ? message.failed + 1 : message.failed)
    }
  }

  #arm(message: Message, attempt: number): void {
    this.#out.add(message)
    if (attempt > message.failed) this.#commit.begin(message.chunk, message.index, attempt)
    if (this.#arming.push(message) > 1) return
    this.#commit.durable().then(
      () => {
        for (const each of this.#arming.splice(0)) {
          each.armed = true
          this.#window.bringBack(each)
        }
        this.#armed()
      },
      () => undefined, // the queue is closing over a disk that refuses; nothing was handed out
    )
  }
}
