import type { Taker } from '../dispatcher.ts'
import type { BrokerLink } from './broker-link.ts'
import type { BrokerMessage } from './broker-message.ts'

/**
 * Hands what a broker delivers to whoever has credit, in turn, and asks it for as much as they want together. What came
 * ahead waits on the shelf; where its lease runs at the broker already it goes back when nobody wants it any more.
 *
 * Bounded: the shelf holds at most the window that was asked for.
 */
export class Handout {
  readonly #link: BrokerLink
  readonly #giveBack: (message: BrokerMessage) => void
  readonly #takers: { readonly taker: Taker<BrokerMessage>; readonly window: number }[] = [] // one an open receiver
  #shelf: BrokerMessage[] = []
  #turn = 0
  #asked = 0
  #window = 0
  #isDry = false
  #isBooked = false
  #isClosed = false

  constructor(link: BrokerLink, giveBack: (message: BrokerMessage) => void) {
    this.#link = link
    this.#giveBack = giveBack
  }

  /** Messages that are here and were not handed out. */
  get shelved(): number {
    return this.#shelf.length
  }

  shelf(): readonly BrokerMessage[] {
    return this.#shelf
  }

  add(taker: Taker<BrokerMessage>, window: number): void {
    this.#takers.push({ taker, window })
    this.book()
  }

  remove(taker: Taker<BrokerMessage>): void {
    const at = this.#takers.findIndex((entry) => entry.taker === taker)
    if (at >= 0) this.#takers.splice(at, 1)
    this.book()
  }

  arrived(messages: readonly BrokerMessage[]): void {
    this.#shelf.push(...messages)
    this.#asked = Math.max(0, this.#asked - messages.length) // the link counts down as well
    this.#isDry = false
    if (this.#isClosed) this.#clear()
    else this.book()
  }

  /** The broker has nothing more. */
  dry(): void {
    this.#isDry = true
    this.book()
  }

  /** Takes out what was lost. */
  forget(message: BrokerMessage): void {
    const at = this.#shelf.indexOf(message)
    if (at >= 0) this.#shelf.splice(at, 1)
  }

  /** Something changed that may let a message go out: a round follows soon, never from inside the caller. */
  book(): void {
    if (this.#isBooked || this.#isClosed) return
    this.#isBooked = true
    queueMicrotask(() => this.#round())
  }

  close(): void {
    this.#isClosed = true
    this.#clear()
  }

  #round(): void {
    this.#isBooked = false
    if (this.#isClosed) return
    this.#handOut()
    const isDry = this.#isDry && this.#shelf.length === 0
    this.#isDry = false
    for (const { taker } of this.#takers.slice()) taker.roundOver(isDry)
    this.#ask()
  }

  #handOut(): void {
    let idle = 0
    let at = 0
    while (at < this.#shelf.length && idle < this.#takers.length) {
      const { taker } = this.#takers[this.#turn++ % this.#takers.length] as { taker: Taker<BrokerMessage> }
      if (taker.wants() === 0) idle++
      else if (taker.hand(this.#shelf[at++] as BrokerMessage)) idle = 0
    }
    if (at > 0) this.#shelf = this.#shelf.slice(at)
    if (this.#shelf.length > 0 && (this.#takers.length === 0 || this.#shelf[0]?.held.deadline !== undefined))
      this.#clear()
  }

  #clear(): void {
    for (const message of this.#shelf.splice(0)) this.#giveBack(message)
  }

  #ask(): void {
    let now = -this.#shelf.length
    let window = 0
    for (const entry of this.#takers) {
      now += entry.taker.wants()
      window += entry.window
    }
    now = Math.max(0, now)
    if (now === this.#asked && window === this.#window) return
    this.#asked = now
    this.#window = window
    this.#link.want(now, window)
  }
}
