import type { Held, LinkEvents } from './broker-link.ts'

/** The events of a link before there is a queue to hear them: nothing was asked for yet, so only a pause can be missed. */
export class LateEvents implements LinkEvents {
  #queue: LinkEvents | undefined
  #paused: Parameters<LinkEvents['pause']> | undefined

  connect(queue: LinkEvents): void {
    this.#queue = queue
    if (this.#paused !== undefined) queue.pause(...this.#paused)
  }

  deliver(messages: readonly Held[]): void {
    this.#queue?.deliver(messages)
  }

  dry(): void {
    this.#queue?.dry()
  }

  lost(messages: Iterable<Held>): void {
    this.#queue?.lost(messages)
  }

  pause(...paused: Parameters<LinkEvents['pause']>): void {
    this.#paused = paused
    this.#queue?.pause(...paused)
  }

  resume(): void {
    this.#paused = undefined
    this.#queue?.resume()
  }

  room(): void {
    this.#queue?.room()
  }

  dropped(reason: string, items: number, ids?: readonly string[]): void {
    this.#queue?.dropped(reason, items, ids)
  }
}
