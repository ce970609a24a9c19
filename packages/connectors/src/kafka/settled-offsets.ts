/** Characters of a commit's metadata that a broker takes by default, with room to spare. */
const METADATA_CHARS = 4000
const FORMAT = 'f1'

/**
 * Which offsets of a partition have ended: all below the watermark, and runs above it. Kafka keeps one offset for a
 * partition and a little text beside it; the runs go into that text, so that what ended out of order stays ended.
 *
 * ```text
 *  0 ──────── watermark ── hole ──[run)── hole ──[run)──▶
 * ```
 *
 * Invariant: runs are ascending, apart from each other and from the watermark. Bounded by the holes between them: who
 * hands out messages stops at {@link MOST_RUNS}.
 */
export class SettledOffsets {
  #watermark: number
  #runs: { from: number; to: number }[] = []

  constructor(watermark: number, metadata = '') {
    this.#watermark = watermark
    const [format, text = ''] = metadata.split(' ')
    if (format !== FORMAT) return // nothing, or written by another program
    let at = watermark
    for (const run of text.split(',')) {
      const [gap, length] = run.split('.').map((digits) => Number.parseInt(digits, 36))
      if (gap === undefined || length === undefined || !(gap > 0) || !(length > 0)) return
      this.addAll(at + gap, at + gap + length)
      at += gap + length
    }
  }

  /** Everything below has ended. */
  get watermark(): number {
    return this.#watermark
  }

  /** Offsets above the watermark that have ended. */
  get above(): number {
    return this.#runs.reduce((sum, { from, to }) => sum + to - from, 0)
  }

  get runs(): number {
    return this.#runs.length
  }

  /** The first offset that nothing is known of from there on. */
  get end(): number {
    return this.#runs.at(-1)?.to ?? this.#watermark
  }

  has(offset: number): boolean {
    if (offset < this.#watermark) return true
    const run = this.#runs[this.#firstEndingAfter(offset)]
    return run !== undefined && run.from <= offset
  }

  add(offset: number): void {
    this.addAll(offset, offset + 1)
  }

  /** All from `from` up to but not including `to` have ended. */
  addAll(from: number, to: number): void {
    if (to <= from || to <= this.#watermark) return
    const first = this.#firstEndingAfter(from - 1)
    let after = first
    let run = { from, to }
    for (let next = this.#runs[after]; next !== undefined && next.from <= run.to; next = this.#runs[++after])
      run = { from: Math.min(run.from, next.from), to: Math.max(run.to, next.to) }
    if (run.from <= this.#watermark) {
      this.#watermark = run.to
      this.#runs.splice(0, after)
    } else this.#runs.splice(first, after - first, run)
  }

  /** As text for the commit: as many runs as fit; those left out would be delivered again. */
  encode(): string {
    let text = ''
    let at = this.#watermark
    for (const { from, to } of this.#runs) {
      const run = `${text === '' ? `${FORMAT} ` : ','}${(from - at).toString(36)}.${(to - from).toString(36)}`
      if (text.length + run.length > METADATA_CHARS) break
      text += run
      at = to
    }
    return text
  }

  /** Index of the first run that ends after `offset`. */
  #firstEndingAfter(offset: number): number {
    let low = 0
    let high = this.#runs.length
    while (low < high) {
      const middle = (low + high) >> 1
      if ((this.#runs[middle]?.to ?? Infinity) > offset) high = middle
      else low = middle + 1
    }
    return low
  }
}

/** Runs above a watermark that are sure to fit into a commit: with more a partition waits for its holes to close. */
export const MOST_RUNS = 300
