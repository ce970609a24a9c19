import { execFile } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { openStore } from '@forebay/connectors'
import { bytesCodec } from 'forebay/queue'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

const bin = fileURLToPath(new URL('../bin/forebay.js', import.meta.url))
const data = mkdtempSync(join(tmpdir(), 'forebay-queue-'))
const folder = join(data, '.forebay', 'orders')
afterAll(() => rmSync(data, { recursive: true, force: true }))

interface Ended {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
}

function queue(...args: string[]): Promise<Ended> {
  return new Promise((resolve) => {
    execFile(process.execPath, [bin, 'queue', ...args], { cwd: data, timeout: 30_000 }, (error, stdout, stderr) => {
      resolve({ code: error === null ? 0 : Number(error.code ?? -1), stdout, stderr })
    })
  })
}

beforeAll(async () => {
  mkdirSync(folder, { recursive: true })
  const store = await openStore(`disk:${folder}`)
  const orders = await store.queue<unknown>('orders')
  await orders.sender().put([
    { body: { n: 1 }, id: 'first', headers: { from: 'shop' } },
    { body: { n: 2 }, id: 'second' },
    { body: { n: 3 }, id: 'third' },
    { body: { n: 4 }, id: 'fourth', level: 3 },
    { body: { n: 5 }, id: 'later', delay: '1h' },
  ])
  const receiver = orders.receiver()
  const [first, second, third] = await receiver.batch(3, 1000)
  await first?.reject('no such product \u001b[2J')
  await second?.reject('the bank said no')
  await third?.reject('no such product')
  await orders.close()
  const raw = await store.queue('raw', { codec: bytesCodec })
  await raw.sender().put([{ body: new Uint8Array([0, 255, 1]) }, { body: new TextEncoder().encode('plain text') }])
  await store.close()
})

describe('forebay queue', () => {
  it('lists the queues of the only store there is, and what each holds', async () => {
    const { code, stdout } = await queue('ls')
    expect(code).toBe(0)
    const [header, ...rows] = stdout.trimEnd().split('\n')
    expect(header).toMatch(/^queue +ready +leased +delayed +dead +size +oldest$/)
    expect(rows.map((row) => row.split(/ +/).slice(0, 5))).toEqual([
      ['orders', '1', '0', '1', '3'],
      ['raw', '2', '0', '0', '0'],
    ])
    const json = JSON.parse((await queue('ls', '--json')).stdout) as { queues: object[] }
    expect(json.queues[0]).toMatchObject({ name: 'orders', ready: 1, delayed: 1, dead: 3 })
  })

  it('says of one queue what its dead letters died of, and lets nothing steer the terminal', async () => {
    const { code, stdout } = await queue('inspect', 'orders')
    expect(code).toBe(0)
    expect(stdout).toContain('dead      3')
    expect(stdout).toMatch(/durable +fsync/)
    expect(stdout).toContain('1  the bank said no')
    expect(stdout).toContain('\\u001b[2J')
    expect(stdout).not.toContain('\u001b')
  })

  it('shows messages where they are: JSON, text and bytes', async () => {
    const dead = await queue('peek', 'orders', '--state', 'dead')
    expect(dead.stdout).toContain('first')
    expect(dead.stdout).toContain('from: shop')
    expect(dead.stdout).toContain('{"n":1}')
    expect(dead.stdout).toMatch(/attempt 1, .* ago: the bank said no/)
    const [line] = (await queue('peek', 'orders', '--max', '1', '--json')).stdout.trimEnd().split('\n')
    expect(JSON.parse(line as string)).toMatchObject({ id: 'fourth', level: 3, body: { n: 4 } })
    const raw = (await queue('peek', 'raw', '--json')).stdout.trimEnd().split('\n')
    expect(raw.map((text) => JSON.parse(text) as object)).toMatchObject([{ base64: 'AP8B' }, { text: 'plain text' }])
    expect((await queue('peek', 'raw')).stdout).toContain('0x00ff01')
  })

  it('puts back the dead letters that were chosen, and no others', async () => {
    expect((await queue('redrive', 'orders', '--reason', 'no such', '--dry-run')).stdout).toBe(
      'would put back 2 of 3 dead letters\n',
    )
    expect((await queue('redrive', 'orders', '--id', 'second', '--json')).stdout).toBe(
      '{"queue":"orders","redriven":1,"dead":2,"dryRun":false}\n',
    )
    expect((await queue('redrive', 'orders', '--reason', 'no such', '--rate', '1000')).stdout).toBe(
      'put back 2 of 2 dead letters\n',
    )
    const ready = await queue('peek', 'orders', '--json')
    const ids = ready.stdout
      .trimEnd()
      .split('\n')
      .map((text) => (JSON.parse(text) as { id: string }).id)
    expect(ids.toSorted()).toEqual(['first', 'fourth', 'second', 'third'])
  })

  it('follows a queue for a while', async () => {
    const { code, stdout } = await queue('tail', 'orders', '--every', '50ms', '--for', '1s', '--json')
    expect(code).toBe(0)
    const lines = stdout.trimEnd().split('\n')
    expect(lines.length).toBeGreaterThanOrEqual(3)
    expect(JSON.parse(lines[0] as string)).toMatchObject({ ready: 4, dead: 0 })
  })

  it('removes messages only when that is said twice', async () => {
    const asked = await queue('purge', 'raw', '--state', 'ready')
    expect(asked.code).toBe(2)
    expect(asked.stderr).toContain('removes 2 messages of raw for good; say --yes')
    expect((await queue('purge', 'raw', '--state', 'ready', '--yes')).stdout).toBe('removed 2\n')
    expect((await queue('purge', 'raw', '--state', 'dead', '--yes')).stdout).toBe('removed 0\n')
  })

  it('measures a store and leaves nothing behind', async () => {
    const store = `disk:${join(data, 'bench')}`
    const { code, stdout } = await queue('bench', '--store', store, '--for', '600ms', '--batch', '64', '--json')
    expect(code).toBe(0)
    const result = JSON.parse(stdout) as { published: number; consumedPerSecond: number; putP99: number }
    expect(result.published).toBeGreaterThan(0)
    expect(result.consumedPerSecond).toBeGreaterThan(0)
    expect(result.putP99).toBeGreaterThan(0)
    expect((await queue('ls', '--store', store)).stdout).toMatch(/forebay-bench +0 +0 +0 +0/)
  })

  it('says in a line what it was told wrongly', async () => {
    const wrong = async (...args: string[]): Promise<string> => {
      const { code, stderr } = await queue(...args)
      expect(code).toBe(2)
      return stderr.split('\n')[0] as string
    }
    expect(await wrong()).toContain('what? one of ls, inspect, peek')
    expect(await wrong('lst')).toContain("there is no 'queue lst'")
    expect(await wrong('peek')).toContain('which queue?')
    expect(await wrong('peek', 'order')).toContain("has no queue 'order'; it has orders, raw")
    expect(await wrong('peek', 'orders', '--state', 'gone')).toContain(
      "--state: expected ready, leased, delayed, dead, got 'gone'",
    )
    expect(await wrong('ls', '--max', '3')).toContain("'queue ls' takes no --max")
    expect(await wrong('ls', '--store', 'nowhere:')).toContain('--store: expected')
    expect(await wrong('redrive', 'orders', '--rate', 'fast')).toContain('--rate: expected a whole number')
  })

  it('names the process that serves the folder', async () => {
    const store = await openStore(`disk:${folder}`)
    try {
      const { code, stderr } = await queue('ls')
      expect(code).toBe(1)
      expect(stderr).toContain(`in use by process ${process.pid}; its console shows the queues`)
    } finally {
      await store.close()
    }
  })
})
