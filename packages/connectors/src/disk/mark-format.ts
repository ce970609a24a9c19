/** What is known of a chunk beside its messages: which have ended, and which attempts have begun. */
export interface Mark {
  readonly settled: Uint8Array
  readonly begun: ReadonlyMap<number, number> | undefined
}

/** Length of the bits u16 | bits | (index u16, attempts u16) for each attempt begun. */
export function encodeMark({ settled, begun }: Mark): Buffer {
  const out = Buffer.allocUnsafe(2 + settled.length + 4 * (begun?.size ?? 0))
  out.writeUInt16LE(settled.length, 0)
  out.set(settled, 2)
  let at = 2 + settled.length
  for (const [index, attempts] of begun ?? []) {
    out.writeUInt16LE(index, at)
    out.writeUInt16LE(Math.min(0xffff, attempts), at + 2)
    at += 4
  }
  return out
}

/** `undefined` when the mark does not fit a chunk of `count` messages. */
export function decodeMark(
  buffer: Buffer,
  count: number,
): { settled: Uint8Array; begun: Map<number, number> } | undefined {
  const length = buffer.length < 2 ? -1 : buffer.readUInt16LE(0)
  if (length !== (count + 7) >> 3 || buffer.length < 2 + length || (buffer.length - 2 - length) % 4 !== 0)
    return undefined
  const begun = new Map<number, number>()
  for (let at = 2 + length; at < buffer.length; at += 4) begun.set(buffer.readUInt16LE(at), buffer.readUInt16LE(at + 2))
  return { settled: Uint8Array.prototype.slice.call(buffer, 2, 2 + length), begun }
}
