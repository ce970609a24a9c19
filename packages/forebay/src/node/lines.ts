import { LineCutter } from '../flow/bytes/line-cutter.ts'

/** Where lines come from and how long one may be. */
export interface LineRules {
  readonly maxLineBytes: number
  /** For messages. */
  readonly name: string
}

/**
 * Arrays of lines, one array for each chunk that ends one. Holds at most `maxLineBytes` and one chunk; a longer line
 * throws `FOREBAY_TOO_LARGE` with its number, behind the lines before it.
 */
export async function* linesOf(chunks: AsyncIterable<Uint8Array | string>, rules: LineRules): AsyncGenerator<string[]> {
  const cutter = new LineCutter({ ...rules, decode })
  for await (const raw of chunks) {
    const lines = cutter.cut(typeof raw === 'string' ? Buffer.from(raw) : raw)
    if (lines.length > 0) yield lines
    if (cutter.failure !== undefined) throw cutter.failure
  }
  const last = cutter.finish()
  if (last.length > 0) yield last
}

/** `Buffer` decodes faster than a `TextDecoder`. */
function decode(parts: readonly Uint8Array[]): string {
  const [only] = parts
  if (parts.length === 1 && only !== undefined) {
    return Buffer.from(only.buffer, only.byteOffset, only.byteLength).toString('utf8')
  }
  return Buffer.concat(parts).toString('utf8')
}
