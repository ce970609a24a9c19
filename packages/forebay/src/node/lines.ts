import { ForebayError } from '../kernel/errors.ts'

const NEWLINE = 10
const BOM = '\uFEFF'

/** Where lines come from and how long one may be. */
export interface LineRules {
  readonly maxLineBytes: number
  /** For messages. */
  readonly name: string
}

/**
 * Splits bytes of UTF-8 into arrays of lines, one array for each chunk that ends one. Cutting at a newline byte
 * never cuts a character: no byte of a longer character is below 128. `\r\n` ends a line as well; a byte-order
 * mark is left out; a last line without an end counts. Invalid bytes become U+FFFD.
 *
 * Holds at most `maxLineBytes` and one chunk. A longer line throws `FOREBAY_TOO_LARGE` with its number.
 */
export async function* linesOf(chunks: AsyncIterable<Uint8Array | string>, rules: LineRules): AsyncGenerator<string[]> {
  const { maxLineBytes } = rules
  let held: Uint8Array[] = []
  let heldBytes = 0
  let count = 0
  for await (const raw of chunks) {
    const chunk = typeof raw === 'string' ? Buffer.from(raw) : raw
    const end = chunk.lastIndexOf(NEWLINE)
    if (end === -1) {
      held.push(chunk)
      heldBytes += chunk.length
      if (heldBytes > maxLineBytes) throw tooLong(rules, count + 1)
      continue
    }
    const first = chunk.indexOf(NEWLINE)
    if (heldBytes + first > maxLineBytes) throw tooLong(rules, count + 1)
    const text = decode([...held, chunk.subarray(0, end)], heldBytes + end)
    const lines = splitLines(count === 0 && text.startsWith(BOM) ? text.slice(1) : text)
    const long = end - first > maxLineBytes ? lines.findIndex((line) => isLonger(line, maxLineBytes)) : -1
    if (long !== -1) {
      yield lines.slice(0, long)
      throw tooLong(rules, count + long + 1)
    }
    count += lines.length
    const rest = chunk.subarray(end + 1)
    held = rest.length === 0 ? [] : [rest]
    heldBytes = rest.length
    if (heldBytes > maxLineBytes) {
      yield lines
      throw tooLong(rules, count + 1)
    }
    yield lines
  }
  if (heldBytes === 0) return
  const text = decode(held, heldBytes)
  yield splitLines(count === 0 && text.startsWith(BOM) ? text.slice(1) : text)
}

function decode(parts: readonly Uint8Array[], bytes: number): string {
  const [only] = parts
  if (parts.length === 1 && only !== undefined) {
    return Buffer.from(only.buffer, only.byteOffset, only.byteLength).toString('utf8')
  }
  return Buffer.concat(parts, bytes).toString('utf8')
}

function splitLines(text: string): string[] {
  const lines = text.split('\n')
  if (!text.includes('\r')) return lines
  return lines.map((line) => (line.endsWith('\r') ? line.slice(0, -1) : line))
}

/** A UTF-16 unit is three bytes of UTF-8 at most, so short lines need no count. */
function isLonger(line: string, bytes: number): boolean {
  return line.length * 3 > bytes && Buffer.byteLength(line) > bytes
}

function tooLong({ name, maxLineBytes }: LineRules, line: number): ForebayError {
  return new ForebayError('FOREBAY_TOO_LARGE', `${name}: line ${line} is longer than ${maxLineBytes} bytes`)
}
