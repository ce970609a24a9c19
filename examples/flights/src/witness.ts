import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { parseArgs } from 'node:util'
import { open } from 'lmdb'
import { IdSet } from './id-set.ts'
import { readQueue } from './read-queue.ts'

// The witness: which flights did the client see acknowledged, and where are they? It shares no code with the flow:
// it reads the client's own note, and the files of the sink and of the queue, without opening them for writing.
// node dist/witness.js [--data DIR]      exit 0: all there, 3: some are missing, 2: usage

/** What the witness has seen. `inQueue` are flights that a durable edge still holds: not lost, and not done. */
export interface Testimony {
  readonly acknowledged: number
  readonly inSink: number
  readonly inDeadLetters: number
  readonly inQueue: number
  /** Acknowledged, and nowhere. */
  readonly missing: number
  /** Stored, though no acknowledgement was seen: the answer was lost on its way, or somebody else sent them. */
  readonly extra: number
  /** The first few of the missing. */
  readonly missingIds: readonly number[]
}

const SHOWN = 20

/** Compares the client's note with what is in the folder of a flow, which need not be running. */
export async function testify(data: string): Promise<Testimony> {
  // In the order in which a flight travels: one that moves while we look is seen at its old place, its new one, or both.
  const acknowledged = readAcks(join(data, 'acknowledged.log'))
  const { dead, held } = await readQueue(join(data, 'queue'), 'inbox')
  const sink = await readTable(join(data, 'table'))
  let missing = 0
  const missingIds: number[] = []
  for (const id of acknowledged) {
    if (sink.has(id) || dead.has(id) || held.has(id)) continue
    if (++missing <= SHOWN) missingIds.push(id)
  }
  let extra = 0
  for (const id of sink) if (!acknowledged.has(id)) extra++
  for (const id of dead) if (!acknowledged.has(id) && !sink.has(id)) extra++
  return {
    acknowledged: acknowledged.size,
    inSink: sink.size,
    inDeadLetters: dead.size,
    inQueue: held.size,
    missing,
    extra,
    missingIds,
  }
}

/** The client's note: a range of ids a line. A last line that was cut off by a kill says nothing. */
function readAcks(path: string): IdSet {
  const ids = new IdSet()
  if (!existsSync(path)) return ids
  const lines = readFileSync(path, 'utf8').split('\n').slice(0, -1)
  for (const line of lines) {
    const [, first, last] = /^(\d+)-(\d+)$/.exec(line) ?? []
    if (first === undefined) throw new SyntaxError(`${path}: expected first-last, got '${line.slice(0, 40)}'`)
    for (let id = Number(first); id <= Number(last); id++) ids.add(id)
  }
  return ids
}

async function readTable(path: string): Promise<IdSet> {
  const ids = new IdSet()
  if (!existsSync(join(path, 'data.mdb'))) return ids
  const table = open({ path, readOnly: true })
  for (const id of table.getKeys()) ids.add(id as number)
  await table.close()
  return ids
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const { values } = parseArgs({ options: { data: { type: 'string' } } })
  const data = values.data ?? fileURLToPath(new URL('../data', import.meta.url))
  const testimony = await testify(data)
  process.stdout.write(JSON.stringify(testimony) + '\n')
  process.exitCode = testimony.missing > 0 ? 3 : 0
}
