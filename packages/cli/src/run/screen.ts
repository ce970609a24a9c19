/** The part of a stream that a {@link Screen} uses. */
export interface Output {
  readonly isTTY?: boolean
  readonly columns?: number
  write(text: string): unknown
}

/** Whatever else writes on the same terminal; a stream of Node. */
export interface Neighbour {
  readonly isTTY?: boolean
  readonly bytesWritten?: number
}

/**
 * Lines that stay, and beneath them a few that are drawn anew in place. On what is no terminal, everything is just
 * written, one after the other.
 *
 *     the replayer runs as process 71      ◀─ log
 *     flights · running · 00:12 · …        ◀─ show: the last block, moved down by each line that stays
 *     why     gate calls …
 */
export class Screen {
  /** What stands beneath the lines that stay, and nothing has been written below it. */
  #block: readonly string[] = []
  #seen = 0
  readonly inPlace: boolean
  readonly #out: Output
  readonly #neighbour: Neighbour

  constructor(out: Output, neighbour: Neighbour, isDumb: boolean) {
    this.#out = out
    this.#neighbour = neighbour
    this.inPlace = out.isTTY === true && !isDumb
  }

  log(line: string): void {
    const erased = this.#erased()
    this.#out.write(`${erased}${line}\n${this.#block.map((row) => `${row}\n`).join('')}`)
  }

  show(lines: readonly string[]): void {
    const erased = this.#erased()
    const width = Math.max(20, (this.#out.columns ?? 80) - 1)
    const rows = this.inPlace ? lines.map((line) => cut(line, width)) : lines
    this.#out.write(`${erased}${rows.map((row) => `${row}\n`).join('')}`)
    this.#block = this.inPlace ? rows : []
  }

  /** The way back over the block, if it is still the last thing on the terminal, and over a `^C` that it shows behind it. */
  #erased(): string {
    const { isTTY, bytesWritten = 0 } = this.#neighbour
    if (isTTY === true && bytesWritten !== this.#seen) this.#block = []
    this.#seen = bytesWritten
    return this.#block.length === 0 ? '' : `\r\u001b[${this.#block.length}A\u001b[J`
  }
}

function cut(line: string, width: number): string {
  return line.length > width ? `${line.slice(0, width - 1)}…` : line
}
