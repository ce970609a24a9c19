/** Tells when more than a share of what was offered lately was dropped, once in `everyMs` at most. */
export class DropAlert {
  readonly #share: number
  readonly #everyMs: number
  readonly #tell: (dropped: number, offered: number) => void
  #offered = 0
  #dropped = 0
  #toldAt = -Infinity

  constructor(options: { share: number; everyMs: number; tell: (dropped: number, offered: number) => void }) {
    this.#share = options.share
    this.#everyMs = options.everyMs
    this.#tell = options.tell
  }

  count(offered: number, dropped: number): void {
    this.#offered += offered
    this.#dropped += dropped
    if (this.#dropped <= this.#offered * this.#share || Date.now() < this.#toldAt + this.#everyMs) return
    this.#toldAt = Date.now()
    this.#tell(this.#dropped, this.#offered)
    this.#offered = this.#dropped = 0
  }
}
