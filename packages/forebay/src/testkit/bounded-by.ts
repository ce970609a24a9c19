import type { Program } from '../flow/program.ts'
import { byteCount, type Bytes } from '../kernel/bytes.ts'

/** What a program may hold at worst. */
export interface Bounds {
  items?: number
  bytes?: Bytes
}

/**
 * Throws `RangeError` unless the worst case of `program`, as `explain` knows it before it runs, is within `bounds`;
 * the message names the parts that hold the most.
 */
export function assertBoundedBy(program: Program<any>, bounds: Bounds): void {
  const { parts, worstItems, worstBytes, unbounded } = program.explain()
  if (unbounded.length > 0) throw new RangeError(`expected a bound, but these have none: ${unbounded.join(', ')}`)
  const { items = Infinity } = bounds
  if (worstItems > items) {
    const largest = [...parts].sort((a, b) => b.items - a.items).slice(0, 3)
    const names = largest.map((part) => `${part.name} ${part.items}`).join(', ')
    throw new RangeError(`expected at most ${items} items, the worst case is ${worstItems}: ${names}`)
  }
  if (bounds.bytes === undefined) return
  const limit = byteCount('bytes', bounds.bytes)
  const known = worstBytes ?? Infinity
  if (known > limit) throw new RangeError(`expected at most ${limit} bytes, the worst case is ${known}`)
}
