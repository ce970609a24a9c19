import type { Admission } from './admission.ts'
import type { Caps } from './caps.ts'
import type { MessageEnd } from './queue.ts'
import { QueueSender, type WayIn } from './queue-sender.ts'
import type { Sender } from './sender.ts'
import type { Settings } from './settings.ts'

/** What every queue shows of itself, whatever keeps it: its bounds, its senders, how messages end, and that it closes once. */
export abstract class QueueFront<T> {
  protected readonly settings: Settings<T>
  protected abstract readonly admission: Admission
  protected abstract readonly intake: WayIn<T>
  /** Whoever wants to hear of ends: bounded by the program, which adds them. */
  protected readonly listeners: Set<(end: MessageEnd) => void> = new Set()
  #closing: Promise<void> | undefined

  constructor(settings: Settings<T>) {
    this.settings = settings
  }

  get name(): string {
    return this.settings.name
  }

  get caps(): Caps {
    return this.settings.caps
  }

  get maxItems(): number {
    return this.settings.maxItems
  }

  get maxBytes(): number {
    return this.settings.maxBytes
  }

  sender(): Sender<T> {
    return new QueueSender(this.name, this.admission, this.intake)
  }

  onEnd(listener: (end: MessageEnd) => void): () => void {
    this.listeners.add(listener)
    return () => void this.listeners.delete(listener)
  }

  close(): Promise<void> {
    this.#closing ??= this.shut()
    return this.#closing
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  protected get isClosing(): boolean {
    return this.#closing !== undefined
  }

  /** Gives back what is out and closes what keeps the messages; called once. */
  protected abstract shut(): Promise<void>

  protected ended(end: MessageEnd): void {
    for (const listener of this.listeners) listener(end)
  }
}
