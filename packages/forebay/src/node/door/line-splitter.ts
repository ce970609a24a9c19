import { Buffer, isUtf8 } from 'node:buffer'

const LF = 10
const CR = 13

/** Why a line of a body cannot be taken. */
export class LineError extends Error {
  readonly kind: 'too-long' | 'malformed'
  /** Number of the line in the body, from 1, blank lines included. */
  readonly line: number

  constructor(kind: 'too-long' | 'malformed', line: number, message: string) {
    super(message)
    this.name = 'LineError'
    this.kind = kind
    this.line = line
  }
}

/**
 * Cuts a body into lines, holding one chunk and one unfinished line of at most `maxLineBytes`.
 *
 * Lines end with LF or CRLF, the last one also with the end of the body; blank lines are skipped. The cut is made
 * on bytes, so a character that is split over two chunks is whole again when its line is decoded.
 */
export class LineSplitter {
  readonly #maxLineBytes: number
  #chunk: Buffer | undefined
  #at = 0
  #carry: Buffer[] = [] // bounded: together at most maxLineBytes + one chunk
  #carryBytes = 0
  #line = 0
  #ended = false

  constructor(maxLineBytes: number) {
    this.#maxLineBytes = maxLineBytes
  }

  /** Lines seen so far, blank ones included. */
  get line(): number {
    return this.#line
  }

  /** Bytes it holds that are not handed out yet. */
  get heldBytes(): number {
    return this.#carryBytes + (this.#chunk === undefined ? 0 : this.#chunk.length - this.#at)
  }

  /** Takes over a chunk. The caller has drained {@link next} first, so there is never more than one. */
  push(chunk: Buffer): void {
    if (this.#chunk !== undefined)
      throw new RangeError('line splitter: a chunk was pushed before the last one was read')
    this.#chunk = chunk
    this.#at = 0
  }

  /** The body has ended: what is left is the last line. */
  end(): void {
    this.#ended = true
  }

  /** The next line that is not blank, or `undefined` when more bytes are needed. Throws {@link LineError}. */
  next(): string | undefined {
    while (this.#chunk !== undefined) {
      const end = this.#chunk.indexOf(LF, this.#at)
      if (end === -1) {
        this.#keepRest(this.#chunk)
        break
      }
      const text = this.#take(this.#chunk.subarray(this.#at, end))
      this.#at = end + 1
      if (text !== '') return text
    }
    if (this.#ended && this.#carryBytes > 0) {
      const text = this.#take(Buffer.alloc(0))
      if (text !== '') return text
    }
    return undefined
  }

  #keepRest(chunk: Buffer): void {
    const rest = chunk.subarray(this.#at)
    this.#chunk = undefined
    if (rest.length === 0) return
    this.#carryBytes += rest.length
    if (this.#carryBytes > this.#maxLineBytes) this.#tooLong(this.#line + 1)
    // A copy: the view would keep the whole chunk alive for the sake of a few bytes.
    this.#carry.push(Buffer.from(rest))
  }

  #take(tail: Buffer): string {
    this.#line++
    let bytes = tail
    if (this.#carryBytes > 0) {
      bytes = Buffer.concat([...this.#carry, tail])
      this.#carry = []
      this.#carryBytes = 0
    }
    const length = bytes.length > 0 && bytes[bytes.length - 1] === CR ? bytes.length - 1 : bytes.length
    if (length > this.#maxLineBytes) this.#tooLong(this.#line)
    const line = length === bytes.length ? bytes : bytes.subarray(0, length)
    if (!isUtf8(line)) throw new LineError('malformed', this.#line, 'the line is not valid UTF-8')
    const text = line.toString('utf8')
    return isBlank(text) ? '' : text
  }

  #tooLong(line: number): never {
    this.#chunk = undefined
    this.#carry = []
    this.#carryBytes = 0
    throw new LineError('too-long', line, `the line is longer than ${this.#maxLineBytes} bytes`)
  }
}

function isBlank(text: string): boolean {
  const first = text.charCodeAt(0)
  return text === '' || ((first === 32 || first === 9) && text.trim() === '')
}
