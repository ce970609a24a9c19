import { execFile, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { requireServer } from '../../../tools/services/require-server.ts'
import { deadLetters } from './dead-letters.ts'
import { ended, says, startFlow } from './play-flow.ts'
import { isPoisoned } from './poison.ts'
import { testify, type Testimony } from './witness.ts'

// Two processes with the same flow file, one inbox and one table; one of them is killed.

const ROWS = 6000
const FROM = 1_000_000
const running: ChildProcess[] = []
let data = ''

beforeAll(async () => {
  await promisify(execFile)('npx', ['tsc', '-b'], { cwd: fileURLToPath(new URL('../../..', import.meta.url)) })
})
beforeEach(async () => {
  data = await mkdtemp(join(tmpdir(), 'forebay-flights-'))
})
afterEach(async () => {
  for (const child of running.splice(0)) {
    if (child.exitCode !== null || child.signalCode !== null) continue
    child.kill('SIGKILL')
    await once(child, 'exit')
  }
  await rm(data, { recursive: true, force: true, maxRetries: 5 })
})
// One tells exactly how much it holds, one roughly.
const servers = await Promise.all(
  (['redis', 'rabbitmq'] as const).map(async (name) => ({ name, server: await requireServer(name) })),
)
afterAll(() => Promise.all(servers.map(({ server }) => server.stop())))

function replica(store: string, { from, rows }: { from: number; rows: number }): ChildProcess {
  const child = startFlow(data, ['--store', store, '--drain-for', '90s'], {
    FLIGHTS_FROM: `${from}`,
    FLIGHTS_ROWS: `${rows}`,
    FLIGHTS_PACE: '1000',
  })
  running.push(child)
  return child
}

async function until(holds: (testimony: Testimony) => boolean): Promise<void> {
  for (const end = Date.now() + 60_000; Date.now() < end; await sleep(100)) {
    if (holds(await testify(data))) return
  }
  throw new Error(`not within a minute: ${JSON.stringify(await testify(data))}`)
}

describe.each(servers)('two replicas of the flights over $name', ({ server }) => {
  it.skipIf(!server.isOurs)(
    'bring every acknowledged flight to the table when one of them is killed in the middle of its work',
    async () => {
      const killed = replica(server.url, { from: 0, rows: 2 * ROWS })
      await says(killed, 'the replayer runs')
      const other = replica(server.url, { from: FROM, rows: ROWS })
      const end = ended(other)
      const played = says(other, 'the replay is done')
      await says(other, 'the replayer runs')
      await until(({ acknowledged, inSink }) => acknowledged > 0 && inSink > 500)
      killed.kill('SIGKILL')
      await once(killed, 'exit')
      expect((await testify(data)).missing).toBeGreaterThan(0) // acknowledged, and not in the table yet
      await played
      other.kill('SIGINT')
      const { code, result, said } = await end

      expect(code, said).toBe(0)
      expect(result, said).toMatchObject({ balanced: true, ledger: { in: ROWS, inFlight: 0, carriedOut: 0 } })
      // Other flights went through its hands than came to its door.
      expect(result.ledger.carriedIn).not.toBe(0)
      const dead = (await deadLetters(server.url)).map(({ body }) => body.id)
      expect(dead.filter((id) => !isPoisoned(id, 2001))).toEqual([])
      const { acknowledged, inSink, missing, missingIds } = await testify(data)
      expect(acknowledged).toBeGreaterThan(ROWS)
      expect(inSink + dead.length).toBeGreaterThanOrEqual(acknowledged)
      // The witness reads no broker: what is in no table is a dead letter there.
      expect(missing).toBeLessThanOrEqual(20)
      expect(missingIds.filter((id) => !dead.includes(id))).toEqual([])
    },
  )
})
