import { ForebayError } from 'forebay'
import type { Outgoing } from 'forebay/queue'
import { outgoingParcel, parcelBytes } from './message-format.ts'

const BATCH_BYTES = 512 * 1024
/** Of a batch without its messages, with room to spare. */
const FRAME = 512
/** What failed attempts may add to a message: their history, twice the last reason. */
const HISTORY = 32 * 1024
/** Bytes on the wire for one of ours, at most: a character of a header takes so many. */
const WIDEST = 3

/** How large the messages and batches of a queue may be: as its topics take them, whoever made those. */
export class MessageLimit {
  readonly #name: string
  readonly #ask: () => Promise<number | undefined>
  #maxMessageBytes: number

  /** `ask` is what the broker says now. */
  constructor(name: string, maxMessageBytes: number, ask: () => Promise<number | undefined>) {
    this.#name = name
    this.#ask = ask
    this.#maxMessageBytes = maxMessageBytes
  }

  /** Of the messages that go in one batch; a larger one goes alone. */
  get batchBytes(): number {
    return Math.min(BATCH_BYTES, this.#room)
  }

  /** Asks the broker again. Whether it says something else. */
  async hasChanged(): Promise<boolean> {
    const before = this.#maxMessageBytes
    this.#maxMessageBytes = (await this.#ask()) ?? before
    return this.#maxMessageBytes !== before
  }

  refuses(item: Outgoing): ForebayError | undefined {
    const most = this.#room - Math.min(HISTORY, Math.floor(this.#room / 2))
    if (WIDEST * (item.bytes + FRAME) <= most) return undefined // sure without a closer look
    const bytes = parcelBytes(outgoingParcel(item, { topic: '', partition: 0, due: 1 }, 1))
    if (bytes <= most) return undefined
    const what = `${this.#name}: an item has ${bytes} bytes, the topic at the broker takes ${most}`
    return new ForebayError('FOREBAY_TOO_LARGE', `${what} (max.message.bytes, with room for attempts that fail)`)
  }

  get #room(): number {
    return this.#maxMessageBytes - FRAME
  }
}
