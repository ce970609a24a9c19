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
  readonly #bytes: number
  /** Of the messages that go in one batch; a larger one goes alone. */
  readonly batchBytes: number

  constructor(name: string, maxMessageBytes: number) {
    this.#name = name
    const room = maxMessageBytes - FRAME
    this.#bytes = room - Math.min(HISTORY, Math.floor(room / 2))
    this.batchBytes = Math.min(BATCH_BYTES, room)
  }

  refuses(item: Outgoing): ForebayError | undefined {
    if (WIDEST * (item.bytes + FRAME) <= this.#bytes) return undefined // sure without a closer look
    const bytes = parcelBytes(outgoingParcel(item, { topic: '', partition: 0, due: 1 }, 1))
    if (bytes <= this.#bytes) return undefined
    const what = `${this.#name}: an item has ${bytes} bytes, the topic at the broker takes ${this.#bytes}`
    return new ForebayError('FOREBAY_TOO_LARGE', `${what} (max.message.bytes, with room for attempts that fail)`)
  }
}
