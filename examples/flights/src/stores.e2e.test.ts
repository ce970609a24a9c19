import { execFile, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { open } from 'lmdb'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { requireServer } from '../../../tools/services/require-server.ts'
import { deadLetters, type DeadLetter } from './dead-letters.ts'
import { ended, says, startFlow } from './play-flow.ts'
import { isPoisoned } from './poison.ts'

// The same flow file on every store: what it leaves must not tell which one it was.

const root = fileURLToPath(new URL('../../..', import.meta.url))
const FROM = 2000
const ROWS = 3000
const poisoned = Array.from({ length: ROWS }, (_, i) => FROM + i).filter((id) => isPoisoned(id, 2001))

/** What a run of the flow leaves. */
interface Remains {
  /** Ids and rows of the table in the order of ids, as they are on disk. */
  readonly table: Buffer
  /** What is in each dead letter, and of what it died, in the order of ids. */
  readonly dead: readonly string[]
}

let running: ChildProcess | undefined
const folders: string[] = []
beforeAll(async () => {
  await promisify(execFile)('npx', ['tsc', '-b'], { cwd: root })
})
afterEach(async () => {
  if (running?.exitCode === null && running.signalCode === null) {
    running.kill('SIGKILL')
    await once(running, 'exit')
  }
  for (const folder of folders.splice(0)) await rm(folder, { recursive: true, force: true, maxRetries: 5 })
})

/** Plays the same flights over the store, to their end. */
async function remains(storeUrl: (data: string) => string): Promise<Remains> {
  const data = await mkdtemp(join(tmpdir(), 'forebay-flights-'))
  folders.push(data)
  const store = storeUrl(data)
  const flow = startFlow(data, ['--store', store, '--drain-for', '60s'], {
    FLIGHTS_FROM: `${FROM}`,
    FLIGHTS_ROWS: `${ROWS}`,
  })
  running = flow
  const end = ended(flow)
  await says(flow, 'the replay is done')
  flow.kill('SIGINT')
  const { code, result, said } = await end
  expect(code, said).toBe(0)
  expect(result, said).toMatchObject({
    balanced: true,
    ledger: { in: ROWS, out: ROWS - poisoned.length, deadLettered: poisoned.length, inFlight: 0, carriedOut: 0 },
  })
  return { table: await tableBytes(join(data, 'table')), dead: (await deadLetters(store)).map(asText) }
}

function asText({ body, history }: DeadLetter): string {
  return JSON.stringify({ body, reason: history.at(-1)?.reason })
}

async function tableBytes(path: string): Promise<Buffer> {
  const table = open<Buffer, number>({ path, readOnly: true, encoding: 'binary' })
  try {
    return Buffer.concat([...table.getRange()].flatMap(({ key, value }) => [Buffer.from(`${key} `), value]))
  } finally {
    await table.close()
  }
}

const names = ['redis', 'rabbitmq', 'nats', 'kafka', 'postgres'] as const
const servers = await Promise.all(names.map(async (name) => ({ name, server: await requireServer(name) })))
afterAll(() => Promise.all(servers.map(({ server }) => server.stop())))

describe('the same flow file on every store', () => {
  let onDisk: Remains

  it('brings every flight to the table or to the dead letters on disk', async () => {
    onDisk = await remains((data) => `disk:${join(data, 'queue')}`)
    expect(onDisk.table.length).toBeGreaterThan(ROWS * 100)
    expect(onDisk.dead.map((letter) => (JSON.parse(letter) as { body: { id: number } }).body.id)).toEqual(poisoned)
  })

  for (const { name, server } of servers) {
    // One that is not ours may have an inbox of its own.
    it.skipIf(!server.isOurs)(`leaves on ${name} what it leaves on disk, byte for byte`, async () => {
      const { table, dead } = await remains(() => server.url)
      expect(table.equals(onDisk.table)).toBe(true)
      expect(dead).toEqual(onDisk.dead)
    })
  }
})
