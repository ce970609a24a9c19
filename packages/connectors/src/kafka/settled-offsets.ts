/** Characters of a commit's metadata that a broker takes by default, with room to spare. */
const METADATA_CHARS = 4000
/** Without the name of the format, and what the last run may be longer than was foreseen. */
const SURE_CHARS = METADATA_CHARS - 50
const RADIX = 36
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
 * hands out messages asks {@link isSureToFit} before.
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
      const [gap, length] = run.split('.').map((digits) => Number.parseInt(digits, RADIX))
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

  /** Offsets below `end` that have not ended. */
  leftBelow(end: number): number {
    const ended = this.#runs.reduce((sum, { from, to }) => sum + Math.max(0, Math.min(to, end) - from), 0)
    return Math.max(0, end - this.#watermark - ended)
  }

  get runs(): number {
    return this.#runs.length
  }

  /** The first offset that nothing is known of from there on. */
  get end(): number {
    return this.#runs.at(-1)?.to ?? this.#watermark
  }

  /** Runs that begin below `offset`. */
  runsBelow(offset: number): number {
    const first = this.#firstEndingAfter(offset)
    const run = this.#runs[first]
    return run !== undefined && run.from < offset ? first + 1 : first
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
      const run = `${text === '' ? `${FORMAT} ` : ','}${(from - at).toString(RADIX)}.${(to - from).toString(RADIX)}`
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

/**
 * Whether so many runs fit into a commit wherever they lie, when the last begins less than `span` above the watermark:
 * a run takes two signs and the digits of its gap and its length, and those are most when all are about as long.
 */
export function isSureToFit(runs: number, span: number): boolean {
  if (runs === 0) return true
  const digits = 1 + Math.max(0, Math.log(span / (2 * runs)) / Math.log(RADIX))
  return runs * (2 + 2 * digits) <= SURE_CHARS
}
