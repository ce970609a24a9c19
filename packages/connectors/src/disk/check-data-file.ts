import { closeSync, existsSync, fstatSync, openSync, readSync } from 'node:fs'

const MAGIC = 0xbeefc0de
const HEADER = 24
const META = 160

/**
 * Looks at the two meta pages of an LMDB file before it is mapped, since a file that was cut off kills the process
 * that reads it (SIGBUS). Returns what is wrong with it, or `undefined` when it looks sound or is not there.
 *
 * After the 24 bytes of the page header: magic u32, version u32, address u64, map size u64, two trees of 48 bytes
 * of which the first begins with the page size u32, last page u64, transaction u64.
 */
export function checkDataFile(file: string): string | undefined {
  if (!existsSync(file)) return undefined
  const handle = openSync(file, 'r')
  try {
    const { size } = fstatSync(handle)
    if (size === 0) return undefined
    const first = metaAt(handle, 0)
    if (first === undefined) return 'its first page is not that of an LMDB file'
    const second = metaAt(handle, first.pageSize)
    if (second === undefined) return 'its second page is not that of an LMDB file'
    const latest = second.transaction > first.transaction ? second : first
    const needed = (latest.lastPage + 1) * latest.pageSize
    if (size < needed) return `it has ${size} bytes of ${needed}`
    return undefined
  } finally {
    closeSync(handle)
  }
}

function metaAt(
  handle: number,
  offset: number,
): { pageSize: number; lastPage: number; transaction: number } | undefined {
  const page = Buffer.alloc(META)
  if (readSync(handle, page, 0, META, offset) < META || page.readUInt32LE(HEADER) !== MAGIC) return undefined
  const pageSize = page.readUInt32LE(HEADER + 24)
  if (pageSize < 512 || pageSize > 65_536) return undefined
  return {
    pageSize,
    lastPage: Number(page.readBigUInt64LE(HEADER + 120)),
    transaction: Number(page.readBigUInt64LE(HEADER + 128)),
  }
}
