import { ForebayError } from '../../kernel/errors.ts'
import { utf8Length } from './byte-chunk.ts'

const NEWLINE = 10
const BOM = '\uFEFF'

/** What lines are cut by. */
export interface LineRules {
  /** Bytes in a line, without its end. */
  readonly maxLineBytes: number
  /** For messages. */
  readonly name: string
  /** Text of UTF-8 bytes, given in pieces; invalid bytes become U+FFFD. */
  readonly decode: (parts: readonly Uint8Array[]) => string
}

/**
 * Cuts bytes of UTF-8 into lines, all lines that end in one chunk at a time. Cutting at a newline byte never cuts a
 * character: no byte of a longer character is below 128. `\r\n` ends a line as well; a byte-order mark is left out; a
 * last line without an end counts.
 *
 * Holds at most `maxLineBytes` and one chunk.
 */
export class LineCutter {
  /** A line was too long; the lines before it have been returned. Nothing is cut any more. */
  failure: ForebayError | undefined
  #held: Uint8Array[] = []
  #heldBytes = 0
  #count = 0
  readonly #rules: LineRules

  constructor(rules: LineRules) {
    this.#rules = rules
  }

  /** Part of a line is held. */
  get isInside(): boolean {
    return this.#heldBytes > 0
  }

  /** The lines that end in this chunk. */
  cut(chunk: Uint8Array): string[] {
    const { maxLineBytes } = this.#rules
    const end = chunk.lastIndexOf(NEWLINE)
    if (end === -1) {
      if (chunk.length > 0) this.#hold(chunk)
      return []
    }
    const first = chunk.indexOf(NEWLINE)
    if (this.#heldBytes + first > maxLineBytes) return this.#fail(0)
    const lines = this.#split([...this.#held, chunk.subarray(0, end)])
    const long = end - first > maxLineBytes ? lines.findIndex((line) => isLonger(line, maxLineBytes)) : -1
    if (long !== -1) return this.#fail(long, lines.slice(0, long))
    this.#count += lines.length
    this.#held = []
    this.#heldBytes = 0
    const rest = chunk.subarray(end + 1)
    if (rest.length > 0) this.#hold(rest)
    return lines
  }

  /** The last line, when it had no end. */
  finish(): string[] {
    const parts = this.#held
    this.#held = []
    if (this.#heldBytes === 0) return []
    this.#heldBytes = 0
    return this.#split(parts)
  }

  #hold(chunk: Uint8Array): void {
    this.#held.push(chunk)
    this.#heldBytes += chunk.length
    if (this.#heldBytes > this.#rules.maxLineBytes) this.#fail(0)
  }

  #split(parts: readonly Uint8Array[]): string[] {
    const text = this.#rules.decode(parts)
    const lines = (this.#count === 0 && text.startsWith(BOM) ? text.slice(1) : text).split('\n')
    if (!text.includes('\r')) return lines
    return lines.map((line) => (line.endsWith('\r') ? line.slice(0, -1) : line))
  }

  #fail(before: number, lines: string[] = []): string[] {
    const { name, maxLineBytes } = this.#rules
    const line = this.#count + before + 1
    this.failure = new ForebayError('FOREBAY_TOO_LARGE', `${name}: line ${line} is longer than ${maxLineBytes} bytes`)
    return lines
  }
}

/** A UTF-16 unit is three bytes of UTF-8 at most, so short lines need no count. */
function isLonger(line: string, bytes: number): boolean {
  return line.length * 3 > bytes && utf8Length(line) > bytes
}
