import type { Message } from './message.ts'
import { MinHeap } from '../kernel/min-heap.ts'

interface BusyKey {
  /** The message that has the key: handed out, or waiting to be tried again. */
  holder: number | undefined
  readonly parked: MinHeap<Message>
}

/**
 * Lets one message of a key be out at a time, in order. A key is busy from the time its message is handed out
 * until that message has ended, retries included; later messages of the key are parked meanwhile.
 * Bounded by what is in memory: every busy key has a message that is out, parked or held for a retry.
 */
export class KeyOrder {
  readonly #busy = new Map<string, BusyKey>()
  #parked = 0

  /** Messages that wait for their key. */
  get parked(): number {
    return this.#parked
  }

  get busy(): number {
    return this.#busy.size
  }

  /** Takes the key for `message`, or parks the message when another one has it. */
  tryTake(message: Message): boolean {
    const { key, seq } = message.stored
    if (key === undefined) return true
    const busy = this.#busy.get(key)
    if (busy === undefined) {
      this.hold(key, seq)
      return true
    }
    if (busy.holder === undefined || busy.holder === seq) {
      busy.holder = seq
      return true
    }
    busy.parked.push(message)
    this.#parked++
    return false
  }

  /** Keeps a key for a message that is not in memory: a retry that waits. */
  hold(key: string, seq: number): void {
    const busy = this.#busy.get(key)
    if (busy === undefined) this.#busy.set(key, { holder: seq, parked: new MinHeap((message) => message.stored.seq) })
    else busy.holder = seq
  }

  /** Frees the key of a message that has ended or was given back. Returns the message that may go on in its place. */
  free(message: Message): Message | undefined {
    const { key, seq } = message.stored
    const busy = key === undefined ? undefined : this.#busy.get(key)
    if (busy === undefined || busy.holder !== seq) return undefined
    busy.holder = undefined
    const next = busy.parked.pop()
    if (next === undefined) this.#busy.delete(key as string)
    else this.#parked--
    return next
  }

  /** Takes out everything parked, for a purge. */
  unpark(): Message[] {
    const all: Message[] = []
    for (const [key, busy] of this.#busy) {
      for (let next = busy.parked.pop(); next !== undefined; next = busy.parked.pop()) all.push(next)
      if (busy.holder === undefined) this.#busy.delete(key)
    }
    this.#parked = 0
    return all
  }
}
