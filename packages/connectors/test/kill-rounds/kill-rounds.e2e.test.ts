import { execFileSync } from 'node:child_process'
import { mkdtempSync, readdirSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { seededRandom } from 'forebay/testkit'
import { afterEach, describe, expect, it } from 'vitest'
import { openStore } from '../../src/open-store.ts'
import { killRounds } from './kill-rounds.ts'
import { startChild } from './start-child.ts'

const folders: string[] = []

function newFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'forebay-e2e-'))
  folders.push(folder)
  return folder
}

afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true })
})

describe('a disk queue whose process is killed', () => {
  it('loses nothing that was confirmed, and delivers nothing again whose ack was', async () => {
    const summary = await killRounds(5, seededRandom(20_260_101))
    expect(summary).toMatchObject({ rounds: 5, lost: 0, resurrected: 0, wrong: 0, idle: 0 })
    expect(summary.stored).toBeGreaterThan(100)
    expect(summary.acked).toBeGreaterThan(50)
  })

  it('buries the message that kills every process, and no other', async () => {
    const folder = newFolder()
    const attempts: string[] = []
    let last = startChild(['suffer', folder])
    let { code } = await last.ended
    for (let starts = 1; code !== 0; starts++) {
      expect(starts).toBeLessThan(10)
      attempts.push(...last.lines.filter((line) => line.startsWith('out poison')))
      last = startChild(['suffer', folder])
      code = (await last.ended).code
    }
    // The first crash is not counted: nothing said then which of the messages that were out had caused it.
    expect(attempts.slice(0, 3)).toEqual(['out poison 1', 'out poison 1', 'out poison 2'])
    // Its last attempt is made in groups (of 8 at first) that halve until it is alone: only then is it known to be the one.
    expect(new Set(attempts.slice(3))).toEqual(new Set(['out poison 3']))
    expect(attempts.length).toBeLessThanOrEqual(3 + 1 + Math.log2(8))
    const account = last.lines.find((line) => line.startsWith('account '))
    expect(JSON.parse(account?.slice(8) ?? '')).toMatchObject({
      ready: 0,
      dead: 1,
      body: 'poison',
      reason: 'the process ended while it was worked on',
    })
  })

  it('leaves a folder that the next process can use, and refuses a second process meanwhile', async () => {
    const folder = newFolder()
    const child = startChild(['work', folder, 'a'])
    await child.line((line) => line.startsWith('out '))
    await expect(openStore(`disk:${folder}`)).rejects.toMatchObject({ code: 'FOREBAY_UNAVAILABLE' })
    child.process.kill('SIGKILL')
    await child.ended
    const store = await openStore(`disk:${folder}`)
    expect(store.reports).toEqual([])
    await store.close()
  })
})

describe('a disk that is full', () => {
  const canLimit = process.platform === 'linux' && hasProgram('prlimit')
  it.runIf(canLimit)('pauses the senders with a reason, and goes on by itself when there is room', async () => {
    const folder = newFolder()
    const child = startChild(['fill', folder], ['prlimit', `--fsize=${8 * 1024 * 1024}:unlimited`])
    const full = await child.line((line) => line.startsWith('full '))
    const stored = Number(full.slice(5))
    expect(stored).toBeGreaterThan(100)
    expect(child.lines).toContain('credit disk')
    execFileSync('prlimit', ['--pid', String(child.process.pid), '--fsize=unlimited'])
    const again = await child.line((line) => line.startsWith('again '))
    expect((JSON.parse(again.slice(6)) as { stored: number }).stored).toBeGreaterThanOrEqual(stored + 16)
    expect((await child.ended).code).toBe(0)
  })
})

describe('a damaged file', () => {
  async function filled(): Promise<string> {
    const folder = newFolder()
    const store = await openStore(`disk:${folder}`)
    const queue = await store.queue<string>('q')
    for (let i = 0; i < 20; i++)
      await queue.sender().put(Array.from({ length: 50 }, (_, n) => ({ body: `${i}.${n}`.padEnd(1000, '.') })))
    await store.close()
    return folder
  }

  it.each([
    ['is cut off', (file: string) => truncateSync(file, 100_000)],
    ['is not one of ours', (file: string) => writeFileSync(file, 'hello '.repeat(10_000))],
  ])('that %s is moved aside with a report, and the store starts', async (_, damage) => {
    const folder = await filled()
    damage(join(folder, 'data.mdb'))
    const store = await openStore(`disk:${folder}`)
    expect(store.reports).toMatchObject([{ kind: 'set-aside' }])
    const aside = readdirSync(folder).find((name) => name.startsWith('damaged-'))
    expect(readdirSync(join(folder, aside ?? ''))).toContain('data.mdb')
    const queue = await store.queue<string>('q')
    await queue.sender().put([{ body: 'works' }])
    await store.close()
  })
})

function hasProgram(name: string): boolean {
  try {
    execFileSync(name, ['--version'], { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
}
