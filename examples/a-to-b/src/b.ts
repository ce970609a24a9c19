import { isForebayError, type Clock, type Gate, type Shed } from 'forebay'
import { refusedBy, toHeaders } from 'forebay/http'
import { Workers } from './workers.ts'

/** What B says to a request. */
export interface Answer {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
}

/** B: its workers, and a gate in front of them if it has one. */
export class B {
  /** The most that waited in it at once. */
  mostWaiting = 0
  readonly #workers: Workers
  readonly #gate: Gate | undefined
  readonly #tells: Gate | undefined

  /** With `tells`, every answer says what that gate allows. */
  constructor(clock: Clock, gate?: Gate, tells?: Gate) {
    this.#workers = new Workers(clock)
    this.#gate = gate
    this.#tells = tells
  }

  async answer(): Promise<Answer> {
    try {
      const permit = this.#gate?.acquire()
      this.#look()
      const held = await permit
      const done = this.#workers.work()
      this.#look()
      await done
      held?.release()
      return { status: 200, headers: this.#tells === undefined ? {} : toHeaders(this.#tells) }
    } catch (error) {
      if (!isForebayError(error, 'FOREBAY_SHED')) throw error
      const { status, headers } = refusedBy(error as Shed)
      return { status, headers }
    }
  }

  #look(): void {
    this.mostWaiting = Math.max(this.mostWaiting, this.#workers.waiting + (this.#gate?.stats.waiting ?? 0))
  }
}
