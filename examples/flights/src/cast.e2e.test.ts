import { execFile, fork } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readFileSync } from 'node:fs'
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { promisify } from 'node:util'
import type { NdjsonDoor } from 'forebay/node'
import { ndjsonDoor } from 'forebay/node'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import type { CastOptions } from './cast.ts'
import { Cast } from './cast.ts'
import type { Flight } from './flight.ts'
import { parseFlight } from './flight.ts'

const root = fileURLToPath(new URL('../../..', import.meta.url))
const dist = (file: string): string => fileURLToPath(new URL(`../dist/${file}`, import.meta.url))

let folder = ''
beforeAll(async () => {
  await promisify(execFile)('npx', ['tsc', '-b', 'examples/flights'], { cwd: root })
  folder = await mkdtemp(join(tmpdir(), 'forebay-cast-'))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

const closing: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const close of closing.splice(0).toReversed()) await close()
})

function isAlive(pid: number | undefined): boolean {
  try {
    process.kill(pid!, 0)
    // Where nobody collects orphans, what is left of one still answers to its number.
    return !(existsSync('/proc') && / Z /.test(readFileSync(`/proc/${pid}/stat`, 'utf8')))
  } catch {
    return false
  }
}

async function until(isSo: () => boolean | Promise<boolean>): Promise<void> {
  for (let i = 0; i < 1200; i++) {
    if (await isSo()) return
    await sleep(50)
  }
  throw new Error('it never came to be')
}

async function openDoor(): Promise<{ door: NdjsonDoor<Flight>; stored: Set<number> }> {
  const stored = new Set<number>()
  const door = ndjsonDoor<Flight>({ parse: parseFlight })
  await door.listen()
  closing.push(() => door.close({ within: 0 }))
  const turn = (): void => {
    for (let record = door.take(); record !== undefined; record = door.take()) {
      stored.add(record.value.id)
      record.lease.settle('stored')
    }
  }
  door.onRecord(turn)
  return { door, stored }
}

async function started({ door, ...options }: CastOptions & { door?: string }): Promise<Cast> {
  const cast = new Cast({ twin: false, incidents: [], ...options })
  closing.push(() => cast.stop())
  await cast.start(door)
  return cast
}

describe('the cast', () => {
  it('plays the flights into the door from a process of its own, which notes what was acknowledged', async () => {
    const { door, stored } = await openDoor()
    const ackLog = join(folder, 'acks.log')
    const cast = await started({ door: `${door.url}/events`, rate: 50_000, from: 100, to: 20_100, ackLog })
    await until(() => cast.inspect().players.some(({ role, state }) => role === 'replayer' && state === 'exited'))
    expect(cast.inspect().replay).toMatchObject({ acknowledged: 20_000, offered: 20_000 })
    expect(cast.inspect().players.find(({ role }) => role === 'replayer')?.exit).toBe(0)
    expect(stored.size).toBe(20_000)
    const ranges = (await readFile(ackLog, 'utf8'))
      .trim()
      .split('\n')
      .map((line) => line.split('-').map(Number))
    expect(ranges.reduce((sum, [first, last]) => sum + last! - first! + 1, 0)).toBe(20_000)
  })

  it('does to the service what its script says, when it says it, and no longer', async () => {
    const incidents = [{ kind: 'slow', atMs: 300, forMs: 600, factor: 8 } as const]
    const notes: string[] = []
    const cast = await started({ incidents, note: (message) => notes.push(message) })
    const slow = async (): Promise<number> => {
      const response = await fetch(`${await cast.serviceUrl}/live`)
      return ((await response.json()) as { slow: number }).slow
    }
    expect(await slow()).toBe(1)
    await until(async () => (await slow()) === 8)
    expect(cast.inspect().incident).toMatchObject({ kind: 'slow', factor: 8 })
    await until(async () => (await slow()) === 1)
    await until(() => cast.inspect().incident === undefined)
    expect(notes.join('\n')).toContain('8 times slower')
  })

  it('stops everybody', async () => {
    const { door } = await openDoor()
    const cast = await started({ door: `${door.url}/events`, twin: true })
    const pids = cast.inspect().players.map(({ pid }) => pid)
    expect(pids.length).toBe(3)
    expect(pids.every(isAlive)).toBe(true)
    await cast.stop()
    await cast.stop()
    expect(pids.some(isAlive)).toBe(false)
  })

  it('says so when a process ends that should not, and does not start it again', async () => {
    const notes: string[] = []
    const cast = await started({ note: (message) => notes.push(message) })
    const { pid } = cast.inspect().players[0]!
    process.kill(pid!, 'SIGKILL')
    await until(() => cast.inspect().players[0]!.state === 'exited')
    await sleep(200)
    expect(cast.inspect().players).toEqual([{ role: 'service', pid, state: 'exited', exit: 'SIGKILL' }])
    expect(notes).toContain('the service has ended (SIGKILL)')
    expect(cast.inspect().failures).toEqual(['the service has ended (SIGKILL)'])
  })

  it('says what a process has died of, and counts it as a failure', async () => {
    const { door } = await openDoor()
    const ackLog = join(folder, 'no-file')
    await mkdir(ackLog)
    const cast = await started({ door: `${door.url}/events`, ackLog })
    await until(() => cast.inspect().failures.length > 0)

    expect(cast.inspect().failures).toEqual([
      expect.stringMatching(/^the replayer has ended \(1\): Error: EISDIR: .*no-file'$/),
    ])
    await cast.stop()
    expect(cast.inspect().failures).toHaveLength(1) // whoever is stopped has not failed
  })

  it('ends the script and the incident that goes on when the run drains', async () => {
    const incidents = [
      { kind: 'slow', atMs: 0, forMs: 60_000, factor: 8 } as const,
      { kind: 'slow', atMs: 1500, forMs: 60_000, factor: 9 } as const,
    ]
    const cast = await started({ incidents })
    const slow = async (): Promise<number> => {
      const response = await fetch(`${await cast.serviceUrl}/live`)
      return ((await response.json()) as { slow: number }).slow
    }
    await until(async () => (await slow()) === 8)
    cast.drain()
    await until(async () => (await slow()) === 1)
    await sleep(2000)

    expect(await slow()).toBe(1)
    expect(cast.inspect().incident).toBeUndefined()
    await expect(cast.incidents.slowDown()).rejects.toThrow('the run drains')
  })

  it('does to the service what somebody at the console asks for', async () => {
    const cast = await started({})

    expect(await cast.incidents.letFail()).toBe('the service fails for 5000 ms')
    const answer = await fetch(`${await cast.serviceUrl}/enrich`, { method: 'POST', body: '{"flights":[]}' })
    expect(answer.status).toBe(500)
    expect(cast.inspect().incident).toMatchObject({ kind: 'fail' })
  })

  it('leaves nobody behind when its own process is killed', async () => {
    const parent = join(folder, 'parent.mjs')
    const castUrl = JSON.stringify(pathToFileURL(dist('cast.js')).href)
    await writeFile(
      parent,
      `import { Cast } from ${castUrl}
       const cast = new Cast({ incidents: [] })
       await cast.start('http://127.0.0.1:9/events')
       process.send(cast.inspect().players.map(({ pid }) => pid))
       setInterval(() => {}, 1000)`,
    )
    const child = fork(parent, { execArgv: [] })
    const [pids] = (await once(child, 'message')) as [number[]]
    expect(pids.length).toBe(3)
    expect(pids.every(isAlive)).toBe(true)
    child.kill('SIGKILL')
    await until(() => !pids.some(isAlive))
  })
})

describe('the twin', () => {
  it('dies of its unbounded array, and everybody else lives on', async () => {
    const child = fork(dist('twin.js'), ['--limit-mb', '40', '--rate', '100000'], { execArgv: [] })
    closing.push(async () => void child.kill())
    const reports: Record<string, unknown>[] = []
    child.on('message', (message) => reports.push(message as Record<string, unknown>))
    await until(() => reports.at(-1)?.['state'] === 'dead')
    expect(reports.at(-1)).toMatchObject({ limitMb: 40, error: 'JavaScript heap out of memory' })
    const held = reports.map((report) => report['held'] as number)
    expect(held.at(-1)).toBeGreaterThan(50_000)
    expect(reports.at(-1)!['heapMb']).toBeGreaterThan(20)
    expect(isAlive(child.pid)).toBe(true) // the process of the worker that died is not harmed
    child.kill()
    await once(child, 'exit')
    expect(child.exitCode).toBe(0)
  })
})
