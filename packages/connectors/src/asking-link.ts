import { isForebayError } from 'forebay'
import type { LinkEvents, Settings } from 'forebay/queue'
import { AskingTaker, type Taken } from './asking-taker.ts'

/** What an {@link AskingLink} is told by the adapter it is of. */
export interface AskingLinkOptions<C> {
  readonly connection: C
  readonly settings: Settings<unknown>
  readonly events: LinkEvents
  readonly onClosed: () => void
}

/**
 * One queue of a broker that is asked for messages, as one client sees it: what stops while the broker is away or has no
 * room, and how it goes on.
 */
export abstract class AskingLink<C extends { readonly isAway: boolean }> {
  protected readonly connection: C
  protected readonly settings: Settings<unknown>
  protected readonly events: LinkEvents
  protected readonly taker: AskingTaker
  readonly #onClosed: () => void
  #cancelProbe: (() => void) | undefined
  #cancelMend: (() => void) | undefined
  /** Counts what ends the mending of an absence. */
  #changes = 0

  constructor({ connection, settings, events, onClosed }: AskingLinkOptions<C>) {
    this.connection = connection
    this.settings = settings
    this.events = events
    this.#onClosed = onClosed
    this.taker = new AskingTaker({ clock: settings.clock, events, take: (most) => this.take(most) })
  }

  want(now: number, _window: number): void {
    this.taker.want(now)
  }

  /** Somebody else has put something, or made room. */
  wake(what: string): void {
    if (what === 'room') this.events.room()
    else this.taker.wake()
  }

  /** The broker is away; leases go on there. */
  away(message: string): void {
    this.#stopMending()
    this.taker.pause()
    this.events.pause('broker', message)
  }

  /**
   * It is back. What cannot be mended for now is tried again and nothing goes on before: mending takes for lost what has
   * no answer yet. What can never be mended holds nobody up.
   */
  async back(): Promise<void> {
    const { clock, random } = this.settings
    const change = this.#changes
    try {
      await this.mend()
    } catch (error) {
      if (this.#changes !== change || this.connection.isAway) return // it broke again: `back` is called again
      if (isForebayError(error) && error.retryable) {
        this.#cancelMend = clock.after(250 + 500 * random.next(), () => void this.back())
        return
      }
    }
    if (this.#changes !== change) return
    this.events.resume()
    this.taker.resume()
  }

  async close(): Promise<void> {
    this.#cancelProbe?.()
    this.#stopMending()
    await this.taker.close()
    await this.leave()
    this.#onClosed()
  }

  /** Up to `most` messages, as many as there are. */
  protected abstract take(most: number): Promise<Taken>

  /** Puts right what an absence may have left, before anything goes on. */
  protected abstract mend(): Promise<unknown>

  /** Gives up what the broker keeps for this client; nothing is asked any more. */
  protected abstract leave(): unknown

  /** It has no room: nothing is put until it has been tried again; consumers go on, and make the room. */
  protected refused(reason: 'disk' | 'broker', { message }: Error): void {
    this.events.pause(reason, message, true)
    const { clock, random } = this.settings
    this.#cancelProbe ??= clock.after(250 + 500 * random.next(), () => {
      this.#cancelProbe = undefined
      if (!this.connection.isAway) this.events.resume()
    })
  }
  #stopMending(): void {
    this.#changes++
    this.#cancelMend?.()
    this.#cancelMend = undefined
  }
}
