import { byteCount, type Bytes } from '../bytes.ts'
import type { Explanation } from './explain.ts'

export interface WorstCaseOptions {
  /** What an item counts as in a part that declares no bytes, bytes or with a unit; default 1 KiB. */
  itemBytes?: Bytes
}

/** What a program holds at worst, in bytes. Plain data; amounts are `Infinity` where something is unbounded. */
export interface WorstCase {
  /** Bytes in memory, of all parts. */
  readonly bytes: number
  /** Bytes on disk, of durable edges. */
  readonly diskBytes: number
  /** Of `bytes`, what rests on `itemBytes` because no bytes are declared. */
  readonly assumedBytes: number
  readonly itemBytes: number
  /** In the order of the explanation. */
  readonly parts: readonly WorstPart[]
  /** Parts that run flows of their own, and how many at once: what those hold comes on top, and is known once they are made. */
  readonly inner: readonly { readonly part: string; readonly flows: number }[]
}

/** What one part holds at worst, bytes. */
export interface WorstPart {
  readonly name: string
  readonly bytes: number
  /** It is items × `itemBytes`. */
  readonly isAssumed: boolean
  readonly isOnDisk: boolean
}

/**
 * The worst case of a program in bytes: declared bytes where there are any, else items times an assumed size. One
 * item may overshoot declared bytes. Throws for an `itemBytes` that is no amount.
 */
export function worstCase({ parts }: Explanation, options: WorstCaseOptions = {}): WorstCase {
  const itemBytes = byteCount('itemBytes', options.itemBytes ?? 1024)
  const all = parts.map(({ name, items, bytes, durable }) => ({
    name,
    bytes: bytes ?? items * itemBytes,
    isAssumed: bytes === undefined,
    isOnDisk: durable,
  }))
  const sum = (some: readonly WorstPart[]): number => some.reduce((total, { bytes }) => total + bytes, 0)
  const held = all.filter(({ isOnDisk }) => !isOnDisk)
  return {
    bytes: sum(held),
    diskBytes: sum(all.filter(({ isOnDisk }) => isOnDisk)),
    assumedBytes: sum(held.filter(({ isAssumed }) => isAssumed)),
    itemBytes,
    parts: all,
    inner: parts.flatMap(({ name, inner }) => (inner === undefined ? [] : [{ part: name, flows: inner }])),
  }
}
