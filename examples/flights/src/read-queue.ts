import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { open } from 'lmdb'
import { IdSet } from './id-set.ts'

// The format of a disk queue, read again from its description and not with the code that writes it.
// Keys are [kind, lane, at, seq]; kind 2 is a chunk of messages, kind 3 marks which of them have ended.
const CHUNK = 2
const MARK = 3
const DEAD_LANE = 258
const HEAD_BYTES = 32
const FIXED_BYTES = 32

/** Flights in a queue: dead letters, and those that it still holds. */
export interface QueuedFlights {
  readonly dead: IdSet
  readonly held: IdSet
}

/** Reads the flights in a disk queue, which may be in use. A folder without a queue holds none. */
export async function readQueue(folder: string, name: string): Promise<QueuedFlights> {
  const found: QueuedFlights = { dead: new IdSet(), held: new IdSet() }
  if (!existsSync(join(folder, 'data.mdb'))) return found
  const root = open({ path: folder, readOnly: true, encoding: 'binary', maxDbs: 256 })
  try {
    if (![...root.getKeys()].map(String).includes(name)) return found
    const queue = root.openDB<Buffer, number[]>(name, { encoding: 'binary', cache: false })
    for (const { key, value } of queue.getRange({ start: [CHUNK], end: [MARK] })) {
      const [, lane, at, seq] = key as [number, number, number, number]
      const mark = queue.getBinary([MARK, lane, at, seq])
      const ids = lane === DEAD_LANE ? found.dead : found.held
      bodiesOf(value).forEach((body, index) => {
        const hasEnded = mark !== undefined && ((mark[2 + (index >> 3)] ?? 0) & (1 << (index & 7))) !== 0
        if (!hasEnded) ids.add((JSON.parse(body) as { id: number }).id)
      })
    }
    return found
  } finally {
    await root.close()
  }
}

/**
 * The bodies of a chunk. A message is 32 bytes, of which the 30th has a bit for each of five texts that may follow,
 * then those texts and the body, each after its length (u32, little endian).
 */
function bodiesOf(chunk: Buffer): string[] {
  const count = chunk.readUInt32LE(8)
  const bodies: string[] = []
  let at = HEAD_BYTES
  const text = (): string => {
    const length = chunk.readUInt32LE(at)
    at += 4 + length
    return chunk.toString('utf8', at - length, at)
  }
  for (let i = 0; i < count; i++) {
    const flags = chunk.readUInt8(at + 29)
    at += FIXED_BYTES
    for (let bit = 0; bit < 5; bit++) if ((flags & (1 << bit)) !== 0) text()
    bodies.push(text())
  }
  return bodies
}
