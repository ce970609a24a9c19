import { ForebayError } from 'forebay'
import { messageOf } from './rabbit-connection.ts'

/**
 * The most bytes that the broker lets a body have (`max_message_size`). The protocol does not tell; the broker ends the
 * channel over the first larger one, with all that is under way on it, and says its limit then.
 */
export class MessageLimit {
  #bytes = Infinity

  /** Reads why a channel ended. */
  learn(error: unknown): void {
    const [, bytes] = /^.*message size \d+ is larger than (?:configured )?max size (\d+)/i.exec(messageOf(error)) ?? []
    if (bytes !== undefined) this.#bytes = Number(bytes)
  }

  /** The broker may have been started with another one. */
  forget(): void {
    this.#bytes = Infinity
  }

  /** Why a body can never be stored, as far as that is known. */
  refusal(body: Uint8Array): ForebayError | undefined {
    const { byteLength } = body
    if (byteLength <= this.#bytes) return undefined
    const what = `a body has ${byteLength} bytes, and max_message_size of the broker is ${this.#bytes}`
    return new ForebayError('FOREBAY_TOO_LARGE', `rabbitmq: ${what}`)
  }
}
